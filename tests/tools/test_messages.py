"""po/*.po: every text is one of the program's, the formats of translations agree, and tools/write-messages keeps the files in step."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("LINNET_SOURCE") or pathlib.Path(__file__).resolve().parents[2])
BUILD = pathlib.Path(os.environ.get("LINNET_BUILD") or SOURCE / "build/release")
PROGRAM = BUILD / "linnet"


def write_messages(*args):
    return subprocess.run([sys.executable, SOURCE / "tools/write-messages", *args], capture_output=True, text=True)


class Messages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        shutil.copy(SOURCE / "po/ko.po", self.folder)
        self.copy = self.folder / "ko.po"

    def test_texts_are_the_programs(self):
        run = write_messages("--check", PROGRAM)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_a_stale_text_is_found_and_removed(self):
        page = self.copy.read_text()
        self.copy.write_text(page.replace('msgid "learning rate"', 'msgid "rate of learning"'))
        run = write_messages("--check", PROGRAM, self.folder)
        self.assertEqual(run.returncode, 1)
        self.assertIn('no text "rate of learning"', run.stdout)
        self.assertEqual(write_messages(PROGRAM, self.folder).returncode, 0)
        self.assertNotIn("rate of learning", self.copy.read_text())
        self.assertIn('msgid "learning rate"\nmsgstr ""\n', self.copy.read_text())
        self.assertEqual(write_messages("--check", PROGRAM, self.folder).returncode, 0)

    def test_formats_agree(self):
        def check():
            return subprocess.run(["msgfmt", "-c", "-o", os.devnull, self.copy], capture_output=True, text=True)
        self.assertEqual(check().stderr, "")
        self.copy.write_text(self.copy.read_text().replace("현재 폴더: %s", "현재 폴더: %d"))
        self.assertNotEqual(check().returncode, 0)


if __name__ == "__main__":
    if not PROGRAM.exists():
        print(f"skipped: no program in {BUILD}")
        sys.exit(77)
    if not shutil.which("xgettext"):
        print("skipped: gettext is not installed")
        sys.exit(77)
    unittest.main()
