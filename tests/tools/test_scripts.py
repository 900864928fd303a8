"""The scripts behind `make deps`, `make uninstall` and `make demo`, on a simulated system of small stand-ins."""
import os
import pathlib
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


class Need(ScriptCase):
    def test_says_how(self):
        run = self.run_tool("need", "clang-tidy")
        self.assertEqual(run.returncode, 1)
        self.assertIn("tools/install-packages ci", run.stderr)
        self.assertEqual(self.run_tool("need", "awk").returncode, 0)


if __name__ == "__main__":
    unittest.main()
