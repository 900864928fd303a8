"""bench/recipes in miniature: two runs of a few seconds, their figures, the table, and a second start that repeats nothing."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(os.environ.get("LINNET_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
LINNET = os.environ.get("LINNET", str(ROOT / "build/release/linnet"))
PAGE = "# Measured\n\n<!-- table -->\nold\n<!-- end of the table -->\n\nAfter it.\n"


def recipes(folder, *args):
    return subprocess.run([sys.executable, ROOT / "bench/recipes", folder / "photos", "--linnet", LINNET, "--time", "5s", *args],
                          capture_output=True, text=True)


class Recipes(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        subprocess.run([sys.executable, ROOT / "tests/cli/make_data.py", "photos", self.folder / "photos"], check=True)

    def test_a_table_of_two_rows(self):
        out, page = self.folder / "recipes.json", self.folder / "page.md"
        page.write_text(PAGE)
        args = ("--seeds", "0", "--only", "rate: half", "--only", "smoothing: none", "--out", out, "--page", page)
        run = recipes(self.folder, *args)
        self.assertEqual(run.returncode, 0, run.stderr)
        rows = json.loads(out.read_text())["photos in 5s a run"]
        self.assertEqual(set(rows), {"rate: half", "smoothing: none"})
        for row in rows.values():
            self.assertTrue(0 <= row["0"]["accuracy"] <= 1 and row["0"]["epochs"] >= 1, row)
        text = page.read_text()
        self.assertTrue(text.startswith("# Measured\n") and text.endswith("\nAfter it.\n") and "old" not in text)
        self.assertEqual(len(re.findall(r"^\| (?:rate: half|smoothing: none) \| \d+\.\d % \| 1 \| \d+ \| \d+\.\d \|$", text, re.MULTILINE)), 2, text)
        out.write_text(out.read_text().replace('"epochs"', '"kept": true, "epochs"'))
        again = recipes(self.folder, *args)
        self.assertEqual((again.returncode, again.stdout), (0, ""), again.stderr)
        self.assertIn('"kept"', out.read_text())

    def test_a_dry_run_trains_nothing(self):
        run = recipes(self.folder, "--dry-run", "--only", "rate: double")
        self.assertEqual(run.returncode, 0, run.stderr)
        lines = run.stdout.splitlines()
        self.assertEqual(len(lines), 3)
        self.assertRegex(lines[0], r"linnet train \S+ --seed 0 --time 5s --opt \w+ --lr [0-9.e-]+ ")

    def test_equal_epochs(self):
        run = recipes(self.folder, "--same-epochs", "--dry-run", "--seeds", "0", "--only", "recipe", "--only", "network: resnet34", "--only",
                      "sizes: 96")
        self.assertEqual(run.returncode, 0, run.stderr)
        recipe, sizes, network = run.stdout.splitlines()
        usual = r" -m (\w+) --epochs (\d+) --start-imgsz \d+ --train-imgsz \d+ --imgsz \d+"
        epochs = re.search(usual + "$", recipe)[2]
        self.assertTrue(sizes.endswith(f" --epochs {epochs} --imgsz 96"), sizes)
        self.assertTrue(network.endswith(" -m resnet34") and f" --epochs {epochs} " in network and network.count(" -m ") == 1, network)
        self.assertNotIn("--time", run.stdout)

    def test_refusals(self):
        self.assertIn("no row has such a name", recipes(self.folder, "--only", "nothing").stderr)
        page = self.folder / "page.md"
        page.write_text("no markers")
        run = recipes(self.folder, "--seeds", "0", "--only", "rate: half", "--out", self.folder / "a.json", "--page", page)
        self.assertEqual(run.returncode, 1)
        self.assertIn("has no markers", run.stderr)


if __name__ == "__main__":
    unittest.main()
