"""Shared by the tests of the Python package: the package of this tree, tiny data, a temporary folder for each test.

Run by hand, a test uses build/release; with LINNET_INSTALLED=1 it uses the package installed in this Python (make test-wheel). Exit
status 77 means that the test was skipped; the output gives the reason.
"""
import os
import pathlib
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("LINNET_SOURCE") or pathlib.Path(__file__).resolve().parents[2])
BUILD = pathlib.Path(os.environ.get("LINNET_BUILD") or SOURCE / "build/release")
INSTALLED = bool(os.environ.get("LINNET_INSTALLED"))
if not INSTALLED:
    os.environ.setdefault("LINNET_LIBRARY", str(BUILD / "liblinnet.so"))
    sys.path.insert(0, str(SOURCE / "python"))
os.environ.setdefault("LINNET_PROGRAM", str(BUILD / "linnet"))
ENVIRONMENT = dict(os.environ)
sys.dont_write_bytecode = True
sys.path.append(str(SOURCE / "tests/cli"))

try:
    import numpy  # noqa: F401
except ImportError:
    print("skipped: numpy is not installed")
    sys.exit(77)
if not INSTALLED and not os.path.exists(os.environ["LINNET_LIBRARY"]):
    print(f"skipped: there is no {os.environ['LINNET_LIBRARY']}")
    sys.exit(77)

import make_data  # noqa: E402
import random  # noqa: E402


def photo(number):
    """uint8 [80, 80]: a different pattern of waves each."""
    rng = numpy.random.default_rng(number)
    y, x = numpy.mgrid[:80, :80]
    level = sum(numpy.sin(rng.uniform(-9, 9) * x / 40 + rng.uniform(-9, 9) * y / 40 + rng.uniform(0, 6)) / k for k in range(1, 7))
    return numpy.clip(128 + 50 * level, 0, 255).astype(numpy.uint8)


def write_photos(folder):
    """cat/0.png ... cat/29.png and dog/0.png ..."""
    for number in range(60):
        name = ("cat", "dog")[number // 30]
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        with open(os.path.join(folder, name, f"{number % 30}.png"), "wb") as out:
            out.write(make_data.png(photo(number).tobytes(), 80))


def make(kind, folder):
    """Data in a new folder: "idx", 240 and 60 images of ten classes; "photos", cat/ and dog/; "png", a picture for each class."""
    os.makedirs(folder)
    if kind == "photos":
        write_photos(folder)
    elif kind == "idx":
        rng = random.Random(7)
        make_data.write_idx(folder, "train", 240, rng)
        make_data.write_idx(folder, "t10k", 60, rng)
    else:
        for label in range(10):
            with open(os.path.join(folder, f"{label}.png"), "wb") as out:
                out.write(make_data.png(make_data.image(label, random.Random(label))))
    return folder


class Case(unittest.TestCase):
    """A test case with a folder, in which the test runs, and data that its tests share."""
    kinds = ()

    @classmethod
    def setUpClass(cls):
        cls._temporary = tempfile.TemporaryDirectory()
        cls.folder = cls._temporary.name
        cls.data = {kind: make(kind, os.path.join(cls.folder, kind)) for kind in cls.kinds}
        cls._before = os.getcwd()
        os.chdir(cls.folder)

    @classmethod
    def tearDownClass(cls):
        os.chdir(cls._before)
        cls._temporary.cleanup()


def main():
    unittest.main(module="__main__")
