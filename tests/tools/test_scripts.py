"""The scripts behind `make deps`, `make uninstall` and `make demo`, on a simulated system of small stand-ins."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("LINNET_SOURCE") or pathlib.Path(__file__).resolve().parents[2])
TOOLS = SOURCE / "tools"


class ScriptCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.bin = self.root / "bin"
        self.bin.mkdir()
        self.log = self.root / "log"
        for name in ("sh", "awk", "tr", "dirname", "env"):
            (self.bin / name).symlink_to(shutil.which(name))

    def stand_in(self, name, body):
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def run_tool(self, name, *args):
        return subprocess.run([TOOLS / name, *args], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              env={"PATH": str(self.bin), "LOG": str(self.log)})


class InstallPackages(ScriptCase):
    """A Debian where only gcc and cmake are installed."""

    def setUp(self):
        super().setUp()
        self.stand_in("dpkg-query", 'for p; do :; done; case $p in gcc|cmake) printf installed ;; *) exit 1 ;; esac')
        self.stand_in("apt-get", 'echo "apt-get $*" >>"$LOG"')
        self.user(0)

    def user(self, uid):
        self.stand_in("id", f"echo {uid}")

    def called(self):
        return self.log.read_text() if self.log.exists() else ""

    def test_dry_run_names_and_does_nothing(self):
        run = self.run_tool("install-packages", "--dry-run", "build")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn(" libdnnl-dev", run.stdout)
        self.assertNotIn(" gcc", run.stdout)
        self.assertNotIn("bats", run.stdout)
        self.assertEqual(self.called(), "")

    def test_root_installs(self):
        run = self.run_tool("install-packages", "demo")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("to install: dataset-fashion-mnist", run.stdout)
        self.assertIn("apt-get -q update\n", self.called())
        self.assertRegex(self.called(), "install -y .*dataset-fashion-mnist")

    def test_nothing_missing(self):
        self.stand_in("dpkg-query", "printf installed")
        run = self.run_tool("install-packages")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("all packages are installed", run.stdout)
        self.assertEqual(self.called(), "")

    def test_sudo_when_not_root(self):
        self.user(1000)
        self.stand_in("sudo", 'echo "sudo $*" >>"$LOG"')
        run = self.run_tool("install-packages", "demo")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(self.called(), "sudo -n .*apt-get .*install .*dataset-fashion-mnist")

    def test_no_sudo_stops(self):
        self.user(1000)
        run = self.run_tool("install-packages", "demo")
        self.assertEqual(run.returncode, 1)
        self.assertIn("as root, run: apt-get install dataset-fashion-mnist", run.stderr)
        self.assertEqual(self.called(), "")

    def test_refused_sudo_stops(self):
        self.user(1000)
        self.stand_in("sudo", "exit 1")
        run = self.run_tool("install-packages", "demo")
        self.assertEqual(run.returncode, 1)
        self.assertIn("sudo was refused", run.stderr)

    def test_no_apt_stops(self):
        (self.bin / "apt-get").unlink()
        run = self.run_tool("install-packages", "build")
        self.assertEqual(run.returncode, 1)
        self.assertIn("no apt here", run.stderr)

    def test_failed_install_is_failure(self):
        self.stand_in("apt-get", 'case $* in *install*) exit 100 ;; esac')
        run = self.run_tool("install-packages", "demo")
        self.assertEqual(run.returncode, 1)
        self.assertIn("could not install: dataset-fashion-mnist", run.stderr)

    def test_wrong_usage(self):
        self.assertEqual(self.run_tool("install-packages", "--dry").returncode, 1)
        self.assertEqual(self.run_tool("install-packages", "biuld").returncode, 1)


class Uninstall(ScriptCase):
    def test_removes_what_the_manifest_names(self):
        for name in ("rm", "rmdir"):
            (self.bin / name).symlink_to(shutil.which(name))
        header = self.root / "dest/usr/include/linnet/linnet.h"
        other = self.root / "dest/usr/include/other.h"
        header.parent.mkdir(parents=True)
        header.write_text("")
        other.write_text("")
        manifest = self.root / "manifest.txt"
        manifest.write_text("/usr/include/linnet/linnet.h")
        run = self.run_tool("uninstall", str(manifest), str(self.root / "dest"))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertFalse(header.parent.exists())
        self.assertTrue(other.exists())

    def test_nothing_installed(self):
        run = self.run_tool("uninstall", str(self.root / "manifest.txt"))
        self.assertEqual(run.returncode, 1)
        self.assertIn("nothing is installed", run.stderr)


class ListSkips(ScriptCase):
    """Results of ctest in which each kind of test was skipped once."""

    KINDS = {
        "cmocka": ("[ RUN      ] one\n[       OK ] one\n[ RUN      ] two\nskipped: no AVX\n[  SKIPPED ] two\n"
                   "[==========] 2 test(s) run.\n[  SKIPPED ] 1 test(s), listed below:\n[  SKIPPED ] two\n", "two: no AVX"),
        "cmocka_in_part": ("[ RUN      ] one\nskipped: bf16, no AVX\n[       OK ] one\n[==========] 1 test(s) run.\n",
                           "one: bf16, no AVX"),
        "bats": ("1..2\nok 1 reads\nok 2 writes # skip root may write\n", "writes: root may write"),
        "plain": ("skipped: no photos in ../x (see y)\n", "no photos in ../x (see y)"),
        "long": ("skipped without LINNET_LONG=1: vgg16 vgg19\n", "without LINNET_LONG=1: vgg16 vgg19"),
    }
    SILENT = {
        "cmocka": "[ RUN      ] two\n[  SKIPPED ] two\n[==========] 1 test(s) run.\n",
        "bats": "ok 2 writes # skip\n",
        "unittest": "Ran 3 tests in 0.1s\n\nOK (skipped=1)\n",
        "whole": "",
    }

    def list_skips(self, outputs, allowed, *flags, whole=False):
        results, rows = self.root / "tests.xml", self.root / "allowed.txt"
        cases = "".join(f'<testcase name="{name}" status="{"notrun" if whole else "run"}">{"<skipped/>" if whole else ""}'
                        f"<system-out>{output}</system-out></testcase>" for name, output in outputs.items())
        results.write_text(f"<testsuite>{cases}</testsuite>")
        rows.write_text(allowed)
        return subprocess.run([TOOLS / "list-skips", *flags, results, rows], capture_output=True, text=True)

    def test_fails_on_a_skip_that_is_not_listed(self):
        for name, (output, found) in self.KINDS.items():
            run = self.list_skips({name: output}, "other* | .* | because\n")
            self.assertEqual(run.returncode, 1, name)
            self.assertIn(f"skipped, not allowed by allowed.txt: {name}: {found}\n", run.stdout)
            self.assertIn("1 tests, 0 allowed skips, 1 that are not allowed", run.stdout)

    def test_lists_what_is_allowed(self):
        for name, (output, found) in self.KINDS.items():
            case, _, reason = found.rpartition(": ") if name not in ("plain", "long") else ("", "", found)
            run = self.list_skips({name: output}, f"# rows\n\n{name}* | {re.escape(reason)} | because\n")
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            self.assertIn(f"skipped, {reason} (because):\n    {name}{': ' if case else ''}{case}\n", run.stdout)

    def test_the_case_and_the_whole_reason_must_match(self):
        output = self.KINDS["bats"][0]
        self.assertEqual(self.list_skips({"bats": output}, "bats: writes | root may write | x\n").returncode, 0)
        self.assertEqual(self.list_skips({"bats": output}, "bats: reads | root may write | x\n").returncode, 1)
        self.assertEqual(self.list_skips({"bats": output}, "bats | root may | x\n").returncode, 1)

    def test_a_skip_without_a_reason_is_never_allowed(self):
        for name, output in self.SILENT.items():
            run = self.list_skips({name: output}, "* | .* | anything\n", whole=name == "whole")
            self.assertEqual(run.returncode, 1, name)
            self.assertIn("it gives no reason", run.stdout)

    def test_no_skip(self):
        run = self.list_skips({"fine": "ok 1 reads\n", "words": "linnet: skipped 4 images\n"}, "")
        self.assertEqual((run.returncode, run.stdout), (0, "list-skips: 2 tests, 0 allowed skips, 0 that are not allowed\n"))

    def test_only_list(self):
        run = self.list_skips({"plain": self.KINDS["plain"][0]}, "", "--only-list")
        self.assertEqual(run.returncode, 0)
        self.assertIn("plain: no photos", run.stdout)

    def test_no_results(self):
        self.assertEqual(self.list_skips({}, "").returncode, 1)
        run = subprocess.run([TOOLS / "list-skips", self.root / "missing.xml"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 1)

    def test_a_row_without_a_reason_why(self):
        self.assertEqual(self.list_skips({"fine": ""}, "fine | x\n").returncode, 1)

    def test_the_tree_s_own_list(self):
        run = self.list_skips({"op_relu": "[ RUN      ] a\nskipped: bf16, this processor has no instructions for it\n"},
                              (SOURCE / "tests/skips.txt").read_text())
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


class Need(ScriptCase):
    def test_says_how(self):
        run = self.run_tool("need", "clang-tidy")
        self.assertEqual(run.returncode, 1)
        self.assertIn("tools/install-packages ci", run.stderr)
        self.assertEqual(self.run_tool("need", "awk").returncode, 0)


if __name__ == "__main__":
    unittest.main()
