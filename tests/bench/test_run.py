"""bench/run in miniature: the table without a peer, with a made-up one, and what it refuses.

The made-up peer stands in for a Python with PyTorch in it: it speaks the lines of bench/peer_torch.py and is told by its
variant's name what to do. Linnet itself is measured for a fifth of a second.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(os.environ.get("LINNET_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
LINNET = os.environ.get("LINNET", str(ROOT / "build/release/linnet"))
LENET5 = "lenet5, 32 px, 10 classes, batch 128, train"
LENET5_PARAMETERS = 61706

PEER = f"""#!{sys.executable}
import json, sys
if sys.argv[2] == "--list":
    print(json.dumps({{"peer": "Made-up", "version": "1.5", "onednn": None,
                      "variants": {{"train": ["slow", "fast", "broken", "other", "gone"]}}}}))
    sys.exit()
variant = sys.argv[2]
for line in sys.stdin:
    request = json.loads(line)
    if variant == "gone":
        sys.exit("no more")
    if variant == "broken":
        answer = {{"error": "does not compile"}}
    elif "prepare" in request:
        assert request["prepare"]["threads"] >= 1 and request["prepare"]["batch"] == 128
        answer = {{"parameters": 5 if variant == "other" else {LENET5_PARAMETERS}}}
    else:
        answer = {{"images_per_s": RATE if variant == "fast" else RATE / 10, "steps": 5}}
    print(json.dumps(answer), flush=True)
"""

LOADER_PEER = f"""#!{sys.executable}
import json, sys
if sys.argv[2] == "--list":
    print(json.dumps({{"peer": "Made-up", "version": "1.5", "onednn": None,
                      "variants": {{"train": [], "loader": ["steady", "broken"]}}}}))
    sys.exit()
for line in sys.stdin:
    request = json.loads(line)
    if sys.argv[2] == "broken":
        answer = {{"error": "no photos"}}
    elif "prepare" in request:
        assert request["prepare"]["workers"] >= 1 and request["prepare"]["photos"].endswith("photos")
        answer = {{"images": 60}}
    else:
        answer = {{"images_per_s": 0.5}}
    print(json.dumps(answer), flush=True)
"""


class Run(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = pathlib.Path(self.folder.name, "results.md")

    def run_it(self, *args, case=LENET5):
        return subprocess.run([sys.executable, str(ROOT / "bench/run"), "--linnet", LINNET, "--seconds", "0.2", "--rounds", "3",
                               "--case", case, "--out", str(self.out), *args], capture_output=True, text=True)

    def with_peer(self, rate):
        peer = pathlib.Path(self.folder.name, "peer")
        peer.write_text(PEER.replace("RATE", str(rate)))
        peer.chmod(0o755)
        done = self.run_it("--peers", str(peer))
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.out.read_text()

    def row(self, text):
        """The cells of the one row of the main table."""
        rows = [line for line in text.splitlines() if line.startswith(f"| {LENET5} |")]
        self.assertEqual(len(rows), 1, text)
        return [cell.strip() for cell in rows[0].strip("|").split("|")]

    def test_without_peers(self):
        done = self.run_it()
        self.assertEqual(done.returncode, 0, done.stderr)
        text = self.out.read_text()
        self.assertEqual(done.stdout.strip(), text.strip())
        cells = self.row(text)
        self.assertEqual(len(cells), 6)
        self.assertGreater(float(cells[1].replace(",", "")), 0)
        self.assertIn("make bench PEERS=", text)
        self.assertRegex(text, r"Linnet \d+\.\d+\.\d+ \(oneDNN \d+\.\d+\.\d+\)")
        self.assertNotIn("best peer", text)

    def test_the_best_variant_counts(self):
        text = self.with_peer(1e-3)
        cells = self.row(text)
        self.assertEqual(cells[6], "0.00")
        ours, ratio = (float(cells[i].replace(",", "").strip("*")) for i in (1, 7))
        self.assertTrue(0.9 < ratio * 1e-3 / ours < 1.1, (ours, ratio))
        self.assertIn("Made-up 1.5", text)
        self.assertIn("loses in none", text)
        self.assertRegex(text, r"Made-up, fast \(best\) \|[^|]+\|[^|]+\| 3 \|")
        self.assertRegex(text, r"Made-up, slow \|[^|]+\|[^|]+\| 2 \|")  # left after two rounds

    def test_what_failed_is_named(self):
        text = self.with_peer(1e-3)
        self.assertIn("Made-up, broken: skipped: does not compile", text)
        self.assertIn(f"Made-up, other: skipped: another network: 5 parameters, Linnet's has {LENET5_PARAMETERS}", text)
        self.assertIn("Made-up, gone: skipped: its process ended: no more", text)

    def test_a_loss_is_said(self):
        text = self.with_peer(1e12)
        self.assertTrue(re.search(rf"^Linnet loses: {re.escape(LENET5)} \(0\.00 of Made-up, fast\)", text, re.MULTILINE), text)

    def test_terminated_takes_its_peers_along(self):
        pids = pathlib.Path(self.folder.name, "pids")
        peer = pathlib.Path(self.folder.name, "peer")
        peer.write_text(PEER.replace("for line in sys.stdin:", f"import os, time; open({str(pids)!r}, 'a').write("
                                     "f'{os.getpid()}\\n'); time.sleep(100)\nfor line in sys.stdin:"))
        peer.chmod(0o755)
        run = subprocess.Popen([sys.executable, str(ROOT / "bench/run"), "--linnet", LINNET, "--case", LENET5, "--peers",
                                str(peer), "--out", str(self.out)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while time.monotonic() < end and not (pids.exists() and pids.read_text().count("\n") == 5):
            time.sleep(0.05)
        run.terminate()
        self.assertEqual(run.wait(timeout=60), 143)
        started = [int(pid) for pid in pids.read_text().split()]
        self.assertEqual(len(started), 5)
        self.assertEqual([pid for pid in started if pathlib.Path(f"/proc/{pid}").exists()], [])

    def test_photos_to_batches(self):
        photos = pathlib.Path(self.folder.name, "photos")
        subprocess.run([sys.executable, str(ROOT / "tests/cli/make_data.py"), "photos", str(photos)], check=True)
        peer = pathlib.Path(self.folder.name, "peer")
        peer.write_text(LOADER_PEER)
        peer.chmod(0o755)
        done = self.run_it("--photos", str(photos), "--peers", str(peer), "--rounds", "1", case="loader, photos")
        self.assertEqual(done.returncode, 0, done.stderr)
        text = self.out.read_text()
        rows = {cells[0].strip(): cells for line in text.splitlines()
                for cells in [line.strip("|").split("|")] if line.startswith("| photos of photos")}
        self.assertEqual(len(rows), 2, text)
        for cells in rows.values():
            ours, ratio = (float(cells[i].replace(",", "").strip(" *")) for i in (1, 3))
            self.assertGreater(ours, 0)
            self.assertTrue(0.8 < ratio * 0.5 / ours < 1.25, (ours, ratio))
        self.assertIn("60 images an epoch", text)
        self.assertIn("broken: skipped: no photos", text)

    def test_listing(self):
        done = self.run_it(case="listing")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(self.out.read_text(), r"listing of 100,000 files, by `linnet split`: \d+\.\d\d s, \d+ MB")

    def test_refusals(self):
        for args, case, told in (((), "lenet99", "no case"),
                                 (("--peers", "/no/such/python"), LENET5, "no peer found"),
                                 (("--linnet", "/no/such/linnet"), LENET5, "/no/such/linnet")):
            done = self.run_it(*args, case=case)
            self.assertEqual(done.returncode, 1)
            self.assertIn(told, done.stderr)
            self.assertNotIn("Traceback", done.stderr)
            self.assertFalse(self.out.exists())


if __name__ == "__main__":
    unittest.main()
