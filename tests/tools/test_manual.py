"""linnet(1) and the program have the same commands, and each command the same flags."""
import os
import pathlib
import re
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(os.environ.get("LINNET_SOURCE") or pathlib.Path(__file__).resolve().parents[2])
BUILD = pathlib.Path(os.environ.get("LINNET_BUILD") or SOURCE / "build/release")
PROGRAM = BUILD / "linnet"


def help_of(*args):
    return subprocess.run([PROGRAM, *args], check=True, capture_output=True, text=True).stdout


def flags_in(text):
    return set(re.findall(r"(?<![\w-])--([a-z][a-z0-9-]*)", text))


def manual_sections():
    """{command: text} of the .SS sections under COMMANDS, and the rest under ''."""
    page = (SOURCE / "docs/linnet.1").read_text().replace(r"\-", "-")
    sections = {"": ""}
    command = ""
    for line in page.splitlines():
        if line.startswith(".SH"):
            command = ""
        if line.startswith(".SS"):
            command = line.split()[1]
            sections[command] = ""
        sections[command] += line + "\n"
    return sections


class Manual(unittest.TestCase):
    def test_commands(self):
        listed = set(re.findall(r"^LN_COMMAND\((\w+)\)", (SOURCE / "cli/command_list.h").read_text(),
                                re.MULTILINE))
        self.assertEqual(listed, set(manual_sections()) - {""})

    def test_flags(self):
        for command, text in manual_sections().items():
            if command:
                with self.subTest(command=command):
                    # Usage, notes and examples may mention flags of other commands, so only the table of flags counts.
                    table = "\n".join(line for line in help_of(command, "--help").splitlines()
                                      if re.match(r"\s+(-\w, )?--", line))
                    self.assertEqual(flags_in(table), flags_in("\n".join(
                        line for line in text.splitlines() if line.startswith((".B ", ".BR ", ".BI ")))) | {"help"})

    def test_page_is_well_formed(self):
        try:
            run = subprocess.run(["man", "--warnings=w", "-l", SOURCE / "docs/linnet.1"], capture_output=True, text=True,
                                 env={**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"})
        except FileNotFoundError:
            self.skipTest("no man")
        self.assertEqual(run.stderr, "")


if __name__ == "__main__":
    if not PROGRAM.exists():
        print(f"skipped: no program in {BUILD}")
        sys.exit(77)
    unittest.main()
