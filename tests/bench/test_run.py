"""bench/run in miniature: the table without a peer, with a simulated one, and refusals.

A simulated peer stands in for a Python with PyTorch: it answers in the format of bench/peer_torch.py, and the name of its
variant selects what it does. Linnet itself is measured for a fifth of a second.
"""
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(os.environ.get("LINNET_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
LINNET = os.environ.get("LINNET", str(ROOT / "build/release/linnet"))
LENET5 = "lenet5, batch 128, 32 px, train, f32"
LENET5_PARAMETERS = 61706
LENET5_ROW = "| lenet5, 32 px, batch 128, train |"

PEER = f"""#!{sys.executable}
import json, sys
if sys.argv[1] == "-c":
    sys.exit()
if sys.argv[2] == "--list":
    print(json.dumps({{"peer": "Made-up", "module": "sys", "version": "1.5", "onednn": None,
                      "variants": {{"train f32": ["slow", "near", "fast", "broken", "other", "gone"]}}}}))
    sys.exit()
variant = sys.argv[2]
for line in sys.stdin:
    request = json.loads(line)
    if variant == "gone":
        sys.exit("no more")
    if variant == "broken":
        answer = {{"error": "does not compile"}}
    elif "prepare" in request:
        case = request["prepare"]
        assert case["threads"] >= 1 and case["batch"] == 128 and case["dtype"] == "f32" and case["linnet"][0] == "/"
        answer = {{"parameters": 5 if variant == "other" else {LENET5_PARAMETERS}}}
    else:
        answer = {{"images_per_s": {{"slow": RATE / 10, "near": RATE * 0.9, "fast": RATE}}[variant], "steps": 5,
                  "rss_mb": {{"slow": 100000, "near": 400000, "fast": 300000}}[variant]}}
    print(json.dumps(answer), flush=True)
"""

LOADER_PEER = f"""#!{sys.executable}
import json, sys
if sys.argv[2] == "--list":
    print(json.dumps({{"peer": "Made-up", "version": "1.5", "onednn": None,
                      "variants": {{"train f32": [], "loader": ["steady", "broken"]}}}}))
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

    def run_it(self, *args, case=LENET5, linnet=LINNET):
        return subprocess.run([sys.executable, str(ROOT / "bench/run"), "--linnet", str(linnet), "--seconds", "0.2", "--rounds", "3",
                               "--case", case, "--out", str(self.out), *args], capture_output=True, text=True)

    def peer(self, text):
        """Looks like a Python interpreter to bench/run; answers any script with one kind of peer."""
        path = pathlib.Path(self.folder.name, "peer")
        path.write_text(text.replace("import json, sys", "import json, sys\nif sys.argv[1].endswith(('_onnxruntime.py', '_openvino.py')): "
                                     "sys.exit('not installed')"))
        path.chmod(0o755)
        return str(path)

    def with_peer(self, rate, *args):
        done = self.run_it("--peers", self.peer(PEER.replace("RATE", str(rate))), *args)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.out.read_text()

    def rows(self, text):
        """{title of the first column: its cells} of the table of speeds, and of the table of steps."""
        lines = [line for line in text.splitlines() if line.startswith(LENET5_ROW)]
        self.assertEqual(len(lines), 2, text)
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]

    def data(self):
        return json.loads(self.out.with_suffix(".json").read_text())

    def test_without_peers(self):
        done = self.run_it()
        self.assertEqual(done.returncode, 0, done.stderr)
        text = self.out.read_text()
        self.assertEqual(done.stdout.strip(), text.strip())
        speeds, steps = self.rows(text)
        self.assertGreater(float(speeds[1].replace(",", "")), 0)
        self.assertRegex(speeds[2], r"^\d+ %$")  # of the floor
        self.assertEqual(speeds[4], "-")  # no peer
        self.assertEqual(steps[5], "0.00")  # faults
        self.assertIn("make bench PEERS=", text)
        missing = text.partition("## Not measured here")[2]
        self.assertIn("- vgg16, batch 16, 224 px, train, f32\n", missing)
        self.assertNotIn(LENET5, missing)
        self.assertRegex(text, r"Linnet \d+\.\d+\.\d+ \(oneDNN \d+\.\d+\.\d+\)")
        self.assertNotIn("Where Linnet loses", text)

    def test_the_best_variant_counts(self):
        text = self.with_peer(1e-3)
        row = self.data()["rows"][0]
        best = next(v for v in row["variants"] if v["title"] == "Made-up, fast")
        ratios = [result["images_per_s"] / 1e-3 for result in row["ours"][0]["rounds"]]
        self.assertEqual(best["rates"], [1e-3] * 3)
        speeds, _ = self.rows(text)
        self.assertEqual(speeds[5], "Made-up, fast")
        told = [float(x) for x in re.fullmatch(r"\*\*(.+)\*\* \((.+) - (.+)\)", speeds[6]).groups()]
        for have, want in zip(told, (statistics.median(ratios), min(ratios), max(ratios))):
            self.assertAlmostEqual(have, want, delta=0.01)
        self.assertIn("Made-up 1.5", text)
        self.assertIn("loses in none", text)
        self.assertRegex(text, r"Made-up, fast \|[^|]+\|[^|]+\| best \|")
        self.assertRegex(text, r"Made-up, near \|[^|]+\|[^|]+\| 3 rounds \|")
        self.assertRegex(text, r"Made-up, slow \|[^|]+\|[^|]+\| qualifying only \|")

    def test_what_failed_is_named(self):
        text = self.with_peer(1e-3)
        self.assertIn("Made-up, broken: skipped: does not compile", text)
        self.assertIn(f"Made-up, other: skipped: another network: 5 parameters, Linnet's has {LENET5_PARAMETERS}", text)
        self.assertIn("Made-up, gone: skipped: its process ended: no more", text)

    def test_a_loss_is_said(self):
        text = self.with_peer(1e12)
        self.assertTrue(re.search(rf"^- {re.escape(LENET5)}, oneDNN [\d.]+: 0\.00 of Made-up, fast", text, re.MULTILINE), text)

    def test_two_programs(self):
        """Each program has its own columns, headed by the version of its oneDNN."""
        other = pathlib.Path(self.folder.name, "linnet9")
        other.write_text(f"#!/bin/sh\nif [ $1 = version ]; then echo 'linnet 9.9 (oneDNN 9.8.7)'; else exec {LINNET} \"$@\"; fi\n")
        other.chmod(0o755)
        text = self.with_peer(1e-3, "--linnet", str(other))
        speeds, steps = self.rows(text)
        self.assertEqual((len(speeds), len(steps)), (1 + 2 * 3 + 2 + 2, 1 + 2 * 6))
        self.assertIn("| oneDNN 9.8.7 / peer |", text)
        self.assertEqual([len(ours["rounds"]) for ours in self.data()["rows"][0]["ours"]], [3, 3])

    def test_a_type_that_linnet_lacks(self):
        """The peers have figures, Linnet's cell is empty, and the reason is given."""
        without = pathlib.Path(self.folder.name, "linnet")
        without.write_text(f"#!/bin/sh\ncase \"$*\" in *bf16*) echo 'linnet: unknown flag' >&2; exit 2;; esac\n"
                           f"exec {LINNET} \"$@\"\n")
        without.chmod(0o755)
        peer = PEER.replace("RATE", "7").replace("train f32", "infer bf16").replace("[\"batch\"] == 128", "[\"batch\"] == 1")
        peer = peer.replace('== "f32"', '== "bf16"').replace(str(LENET5_PARAMETERS), "11689512")
        done = subprocess.run([sys.executable, str(ROOT / "bench/run"), "--linnet", str(without), "--seconds", "0.2", "--rounds", "1",
                               "--case", "resnet18, batch 1, 224 px, infer, bf16", "--out", str(self.out), "--peers",
                               self.peer(peer)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = self.out.read_text()
        self.assertRegex(text, r"No figure of Linnet with .*unknown flag")
        self.assertRegex(text, r"\| resnet18 \| 7\.00 \| Made-up, fast \|")

    def test_eight_bits(self):
        """Linnet in fp32, and in bf16 where it is fast, takes part in each round, and the page gives the ratios."""
        case = "resnet18, batch 1, 224 px, infer, int8"
        peer = PEER.replace("RATE", "7").replace("train f32", "infer int8").replace("[\"batch\"] == 128", "[\"batch\"] == 1")
        peer = peer.replace('== "f32"', '== "int8"').replace(str(LENET5_PARAMETERS), "11689512")
        done = self.run_it("--peers", self.peer(peer), "--rounds", "1", case=case)
        self.assertEqual(done.returncode, 0, done.stderr)
        text, result = self.out.read_text(), self.data()["rows"][0]["ours"][0]["rounds"][0]
        self.assertIn("## Inference, one image at a time, int8\n", text)
        gain = result["images_per_s"] / result["f32_images_per_s"]
        self.assertRegex(text, rf"Times Linnet's rate in fp32 \(oneDNN [\d.]+\): resnet18 {gain:.2f}\.")
        if "bf16_images_per_s" in result:  # only where the processor has instructions for it
            gain = result["images_per_s"] / result["bf16_images_per_s"]
            self.assertRegex(text, rf"Times Linnet's rate in bf16 \(oneDNN [\d.]+\): resnet18 {gain:.2f}\.")
        self.assertRegex(text, r"\| resnet18 \|[^|]+\| - \| - \| 7\.00 \| Made-up, fast \|")

    def test_left_out(self):
        text = self.with_peer(1e-3, "--without", "fast")
        self.assertIn("Made-up, fast: skipped: left out (--without fast)", text)
        self.assertRegex(text, r"Made-up, near \|[^|]+\|[^|]+\| best \|")

    def test_a_part_again(self):
        """--add keeps the other rows and inserts the new one; --finalists leaves out slow variants."""
        self.with_peer(1e-3)
        done = self.run_it("--add", case="lenet, batch 128, 28 px, infer")
        self.assertEqual(done.returncode, 0, done.stderr)
        first = self.data()["rows"]
        self.assertEqual([row["case"]["mode"] for row in first], ["train", "infer"])
        text = self.with_peer(2e-3, "--add", "--finalists")
        second = self.data()["rows"]
        self.assertEqual(second[1], first[1])
        self.assertEqual({v["title"]: v["rate"] for v in second[0]["variants"]},
                         {"Made-up, fast": 2e-3, "Made-up, near": 2e-3 * 0.9, "Made-up, slow": 1e-4, "Made-up, broken": None,
                          "Made-up, other": None, "Made-up, gone": None})
        self.assertIn("Made-up, broken: skipped: does not compile", text)
        self.with_peer(1, "--add", "--floor-only")
        third = self.data()["rows"]
        self.assertNotEqual(third[0]["ours"][0]["floor"], second[0]["ours"][0]["floor"])
        for row in (second[0], third[0]):
            row["ours"][0]["floor"] = None
        self.assertEqual(third, second)
        found = self.data()
        found["machine"] = "another"
        self.out.with_suffix(".json").write_text(json.dumps(found))
        done = self.run_it("--add")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is from another machine (another)", done.stderr)

    def test_memory_is_that_of_the_least(self):
        """A batch of two of a smaller network replaces the row's, which would take too long."""
        small = pathlib.Path(self.folder.name, "linnet")
        small.write_text("""#!/bin/bash
for a; do
    case "$last $a" in *' resnet50') b=resnet18;; '--batch 32') b=2;; *) b=$a;; esac
    args+=("$b") last=$a
done
"""+f'exec {LINNET} "${{args[@]}}"\n')
        small.chmod(0o755)
        peer = PEER.replace("RATE", "1e-3").replace("== 128", "== 32").replace(str(LENET5_PARAMETERS), "11689512")
        done = self.run_it("--peers", self.peer(peer), "--no-floor", "--rounds", "1", case="resnet50, batch 32", linnet=small)
        self.assertEqual(done.returncode, 0, done.stderr)
        share = self.data()["rows"][0]["ours"][0]["rounds"][0]["rss_mb"] / 100000
        self.assertRegex(self.out.read_text(), rf"\| resnet50, batch 32 \|[^|]+\| 100,000 \| Made-up, slow \| {100 * share:.0f} % \|")

    def test_start_up(self):
        done = self.run_it("--peers", self.peer(PEER), case="start-up")
        self.assertEqual(done.returncode, 0, done.stderr)
        starts = dict(self.data()["start"])
        self.assertTrue(0 < starts["true"] < starts["linnet --help"] < 1000, starts)

    def test_terminated_takes_its_peers_along(self):
        pids = pathlib.Path(self.folder.name, "pids")
        peer = self.peer(PEER.replace("for line in sys.stdin:", f"import os, time; open({str(pids)!r}, 'a').write("
                                      "f'{os.getpid()}\\n'); time.sleep(100)\nfor line in sys.stdin:"))
        run = subprocess.Popen([sys.executable, str(ROOT / "bench/run"), "--linnet", LINNET, "--case", LENET5, "--peers",
                                peer, "--out", str(self.out)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while time.monotonic() < end and not (pids.exists() and pids.read_text().count("\n") == 1):
            time.sleep(0.05)
        run.terminate()
        self.assertEqual(run.wait(timeout=60), 143)
        started = [int(pid) for pid in pids.read_text().split()]
        self.assertEqual(len(started), 1)
        self.assertEqual([pid for pid in started if pathlib.Path(f"/proc/{pid}").exists()], [])

    def test_photos_to_batches(self):
        photos = pathlib.Path(self.folder.name, "photos")
        subprocess.run([sys.executable, str(ROOT / "tests/cli/make_data.py"), "photos", str(photos)], check=True)
        done = self.run_it("--photos", str(photos), "--peers", self.peer(LOADER_PEER), "--rounds", "1",
                           case="loader, photos")
        self.assertEqual(done.returncode, 0, done.stderr)
        text = self.out.read_text()
        rows = {cells[0].strip(): cells for line in text.splitlines()
                for cells in [line.strip("|").split("|")] if line.startswith("| photos of photos")}
        self.assertEqual(len(rows), 2, text)
        for cells in rows.values():
            ours, ratio = (float(cells[i].replace(",", "").strip(" *")) for i in (1, 3))
            self.assertGreater(ours, 0)
            self.assertTrue(0.8 < ratio * 0.5 / ours < 1.25, (ours, ratio))
        self.assertIn("60 images per epoch", text)
        self.assertIn("broken: skipped: no photos", text)

    def test_beside(self):
        done = self.run_it(case="beside a busy process: the step of lenet")
        self.assertEqual(done.returncode, 0, done.stderr)
        row = re.search(r"- the step of lenet: ([\d,.]+) images/s alone, ([\d,.]+) with one of (\d+) processors? taken: (\d+) %", self.out.read_text())
        alone, beside, share = (float(row[i].replace(",", "")) for i in (1, 2, 4))
        self.assertAlmostEqual(100 * beside / alone, share, delta=1)
        self.assertEqual(int(row[3]), len(os.sched_getaffinity(0)))

    def test_listing(self):
        done = self.run_it(case="listing")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(self.out.read_text(), r"listing of 100,000 files, by `linnet split`: \d+\.\d\d s, \d+ MB")

    def test_refusals(self):
        for args, case, told in (((), "lenet99", "no case"),
                                 (("--peers", "/no/such/python"), LENET5, "no peer found"),
                                 (("--linnet", "/no/such/linnet"), LENET5, "/no/such/linnet"),
                                 (("--finalists",), LENET5, "--floor-only go with --add")):
            done = self.run_it(*args, case=case)
            self.assertIn(done.returncode, (1, 2))
            self.assertIn(told, done.stderr)
            self.assertNotIn("Traceback", done.stderr)
            self.assertFalse(self.out.exists())


if __name__ == "__main__":
    unittest.main()
