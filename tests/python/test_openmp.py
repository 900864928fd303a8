"""One OpenMP runtime in the process, also beside a library that brings a libgomp under another name, as PyTorch's wheel does."""
import os
import re
import shutil
import subprocess
import sys
import unittest

import helper
from linnet import _library

PROGRAM = """
import ctypes, os, sys
before = sys.argv[1:]
for path in before:
    ctypes.CDLL(path, mode=os.RTLD_LOCAL)
import numpy, linnet
image = numpy.arange(32 * 32 * 3, dtype=numpy.uint8).reshape(32, 32, 3)
print(linnet.Model("lenet5", seed=1).predict(image).logits.tobytes().hex())
print(ctypes.cast(ctypes.CDLL(None).GOMP_parallel, ctypes.c_void_p).value)
print(*__import__("linnet._library")._library.openmp_runtimes(), sep=chr(10))
"""


class OneRuntime(helper.Case):
    def use(self, *before):
        """(bits of a prediction, address of the GOMP_parallel that every later library finds, runtimes, who calls which runtime)."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "LD_DEBUG": "bindings", "LD_DEBUG_OUTPUT": "debug"}
        run = subprocess.run([sys.executable, "-B", "-c", PROGRAM, *before], capture_output=True, text=True, env=environment)
        self.assertEqual(run.returncode, 0, run.stderr)
        bits, address, *runtimes = run.stdout.splitlines()
        bound = {}
        for name in [name for name in os.listdir(".") if name.startswith("debug.")]:
            with open(name, encoding="utf-8", errors="replace") as lines:
                for user, runtime in re.findall(r"binding file (\S+) \[0\] to (\S+) \[0\]: normal symbol `GOMP_parallel'", lines.read()):
                    if os.path.basename(user).startswith("lib"):  # not Python, whose dlsym above is listed too
                        bound[os.path.basename(user).split(".so")[0].split("-")[0]] = runtime
            os.remove(name)
        return bits, int(address), runtimes, bound

    def test_before_and_alone(self):
        alone, address, runtimes, bound = self.use()
        self.assertEqual(len(runtimes), 1)
        self.assertNotEqual(address, 0)  # visible to libraries that come later
        self.assertEqual({os.path.realpath(path) for path in bound.values()}, {os.path.realpath(runtimes[0])})
        self.assertEqual(sorted(bound), ["libdnnl", "liblinnet"])

        # A copy under another name: one letter of its SONAME differs, and its file name has a hash.
        with open(runtimes[0], "rb") as source:
            content = source.read()
        soname = re.search(rb"libgomp[-\w]*\.so\.1\0", content)[0]
        with open("libgomp-0123abcd.so.1", "wb") as out:
            out.write(content.replace(soname, soname.replace(b"libgomp", b"libgomq")))
        shutil.copymode(runtimes[0], "libgomp-0123abcd.so.1")
        other = os.path.abspath("libgomp-0123abcd.so.1")
        beside, _, runtimes, bound = self.use(other)
        self.assertIn(other, runtimes)
        self.assertEqual(bound, {"libdnnl": other, "liblinnet": other})
        self.assertEqual(beside, alone)


class Waits(unittest.TestCase):
    def test_the_environment_stays(self):
        """The limit for waiting threads is set only while libgomp reads it, and never over the user's."""
        _library.lib()
        self.assertNotIn("GOMP_SPINCOUNT", {**os.environ} if "GOMP_SPINCOUNT" not in helper.ENVIRONMENT else {})
        with _library._short_waits():
            self.assertIn("GOMP_SPINCOUNT" if "OMP_WAIT_POLICY" not in os.environ else "OMP_WAIT_POLICY", os.environ)
        os.environ["GOMP_SPINCOUNT"] = "7"
        try:
            with _library._short_waits():
                self.assertEqual(os.environ["GOMP_SPINCOUNT"], "7")
        finally:
            del os.environ["GOMP_SPINCOUNT"]


if __name__ == "__main__":
    helper.main()
