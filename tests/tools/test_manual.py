"""linnet(1) and the pages of the commands: their commands are those of the program, their flags those of the tables of options, and
they are well-formed."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("LINNET_SOURCE") or pathlib.Path(__file__).resolve().parents[2])
BUILD = pathlib.Path(os.environ.get("LINNET_BUILD") or SOURCE / "build/release")
PROGRAM = BUILD / "linnet"
PAGE = SOURCE / "docs/linnet.1"


def tables():
    return json.loads(subprocess.run([PROGRAM, "help", "--json"], check=True, capture_output=True).stdout)


def write_manual(*args):
    return subprocess.run([sys.executable, SOURCE / "tools/write-manual", *args], capture_output=True, text=True)


class Commands(unittest.TestCase):
    def test_sections(self):
        """Each command has a section, in the order of the list, with its usage as the heading."""
        commands = tables()
        listed = re.findall(r"^LN_COMMAND\((\w+)\)", (SOURCE / "cli/command_list.h").read_text(), re.MULTILINE)
        self.assertEqual([name.replace("_", "-") for name in listed], [command["command"] for command in commands])
        usages = [command["usage"].replace(" [flags]", "") for command in commands]
        self.assertEqual(usages, re.findall(r"^\.SS (.*)$", PAGE.read_text().replace(r"\-", "-"), re.MULTILINE))

    def test_page_is_well_formed(self):
        try:
            run = subprocess.run(["man", "--warnings=w", "-l", PAGE], capture_output=True, text=True,
                                 env={**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"})
        except FileNotFoundError:
            print("skipped: man is not installed")
            self.skipTest("no man")
        self.assertEqual(run.stderr, "")


class Flags(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.copy = pathlib.Path(folder.name) / "linnet.1"

    def check(self, page):
        self.copy.write_text(page)
        return write_manual("--check", PROGRAM, self.copy)

    def test_page_agrees_with_the_tables(self):
        run = write_manual("--check", PROGRAM)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_differences_are_found(self):
        """A missing flag, another default, range, choice or help, and a flag that does not exist."""
        page = PAGE.read_text()
        for old, new in ((r".B \-\-stratify" + "\n", r".B \-\-stratified" + "\n"),
                         ("Default: 10. Range: 0 to 100000.", "Default: 11. Range: 0 to 100000."),
                         ("Default: 10. Range: 0 to 100000.", "Default: 10. Range: 0 to 99999."),
                         ("sgd|nesterov|adam|", "sgd|nesterov|"),
                         ("Passes over the data", "Rounds over the data"),
                         (".TP\n.B \\-\\-stratify\nDivide each class in the same proportions.\n", ""),
                         (r'.\" begin resume' + "\n", r'.\" begin resume' + "\n.TP\n.B \\-\\-epochs\nEpochs.\n")):
            self.assertIn(old, page)
            run = self.check(page.replace(old, new, 1))
            self.assertEqual(run.returncode, 1, f"{old!r} -> {new!r}")
            self.assertIn("differs from the tables of options", run.stderr)

    def test_a_command_without_its_part_is_found(self):
        page = re.sub(r'^\.\\" begin split\n.*?^\.\\" end\n', "", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
        run = self.check(page)
        self.assertEqual(run.returncode, 1)
        self.assertIn("no part for split", run.stderr)

    def test_writing_mends_the_page(self):
        page = PAGE.read_text()
        self.copy.write_text(page.replace("Default: 10.", "Default: 11."))
        self.assertEqual(write_manual(PROGRAM, self.copy).returncode, 0)
        self.assertEqual(self.copy.read_text(), page)


class CommandPages(unittest.TestCase):
    """linnet-train(1) and the others."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "man"
        run = write_manual("--commands", self.folder, PROGRAM)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_every_command_and_flag_with_its_details(self):
        commands = tables()
        self.assertEqual({f"linnet-{command['command']}.1" for command in commands}, {path.name for path in self.folder.iterdir()})
        for command in commands:
            page = (self.folder / f"linnet-{command['command']}.1").read_text().replace("\\-", "-")
            self.assertIn(f"linnet-{command['command']} - {command['summary']}\n", page)
            for flag in command["flags"]:
                self.assertRegex(page, rf"--{flag['flag']}\b")
                for choice in flag["choices"] if flag["choice_help"] else []:
                    self.assertIn(f"\n.IP {choice} 10\n", page)
            self.assertNotIn("See train.", page)

    def test_prose_of_the_section(self):
        page = (self.folder / "linnet-compare.1").read_text()
        self.assertIn("McNemar's exact test", page)
        self.assertIn(".B FILES\nin\n.BR linnet (1)).", (self.folder / "linnet-train.1").read_text())

    def test_pages_are_well_formed(self):
        for path in sorted(self.folder.iterdir()):
            run = subprocess.run(["groff", "-man", "-ww", "-z", path], capture_output=True, text=True)
            self.assertEqual(run.stderr, "")
        self.broken_page_is_found(path)

    def broken_page_is_found(self, path):
        path.write_text(path.read_text() + ".RE\n.XX\n")
        self.assertIn("XX", subprocess.run(["groff", "-man", "-ww", "-z", path], capture_output=True, text=True).stderr)


if __name__ == "__main__":
    if not PROGRAM.exists():
        print(f"skipped: no program in {BUILD}")
        sys.exit(77)
    unittest.main()
