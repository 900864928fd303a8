"""The ctypes of the package agree with linnet.h: sizes and offsets as the compiler has them, and the generated modules."""
import ctypes
import os
import subprocess
import sys
import tempfile
import unittest

import helper
from linnet import _abi, _library


def c_program():
    """A C program that prints "struct size" and "struct.field offset size" for every struct that the package knows."""
    lines = ["#include <linnet/linnet.h>", "#include <stdio.h>", "int main(void) {"]
    for name, struct in structs().items():
        lines.append(f'    printf("{name} %zu\\n", sizeof(struct {name}));')
        for field, _ in struct._fields_:
            lines.append(f'    printf("{name}.{field} %zu %zu\\n", offsetof(struct {name}, {field}), '
                         f'sizeof(((struct {name} *)0)->{field}));')
    return "\n".join([*lines, "    return 0;", "}", ""])


def structs():
    return {name: value for name, value in vars(_abi).items()
            if isinstance(value, type) and issubclass(value, ctypes.Structure) and name.startswith("linnet_")}


def as_ctypes():
    out = []
    for name, struct in structs().items():
        out.append(f"{name} {ctypes.sizeof(struct)}")
        for field, _ in struct._fields_:
            place = getattr(struct, field)
            out.append(f"{name}.{field} {place.offset} {place.size}")
    return out


class Layout(unittest.TestCase):
    def test_every_struct(self):
        """An offset that is wrong by a byte would read another field, or crash."""
        self.assertGreater(len(structs()), 50)
        with tempfile.TemporaryDirectory() as folder:
            source, program = os.path.join(folder, "layout.c"), os.path.join(folder, "layout")
            with open(source, "w", encoding="utf-8") as out:
                out.write(c_program())
            subprocess.run([os.environ.get("CC", "cc"), "-w", f"-I{helper.SOURCE}/include", source, "-o", program], check=True)
            compiled = subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()
        self.assertEqual(compiled, as_ctypes())

    def test_constants(self):
        """Statuses have the names that the library gives them."""
        names = [name for name in vars(_abi) if name == "OK" or name.startswith("ERR_")]
        self.assertEqual(len(names), 9)
        for name in names:
            self.assertEqual(_library.lib().linnet_status_name(getattr(_abi, name)).decode(), name)

    def test_functions(self):
        """Every function of the header is there, and the library has it."""
        header = (helper.SOURCE / "include/linnet/linnet.h").read_text()
        self.assertEqual(len(_abi.FUNCTIONS), sum(line.startswith("LINNET_API ") for line in header.splitlines()))
        for name in _abi.FUNCTIONS:
            self.assertTrue(hasattr(_library.lib(), name), name)


class Generated(unittest.TestCase):
    def test_modules_are_up_to_date(self):
        run = subprocess.run([sys.executable, "-B", helper.SOURCE / "tools/write-python", "--check", helper.BUILD],
                             capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_changes_are_found(self):
        """A header that has one field more, or a field of another type, gives other ctypes."""
        header = (helper.SOURCE / "include/linnet/linnet.h").read_text()
        tool = (helper.SOURCE / "tools/write-python").read_text().replace("\nmain()\n", "\n")
        module = {"__file__": str(helper.SOURCE / "tools/write-python"), "__name__": "write_python"}
        sys.path.insert(0, str(helper.SOURCE / "tools"))
        exec(compile(tool, "write-python", "exec"), module)
        with tempfile.TemporaryDirectory() as folder:
            copy = helper.pathlib.Path(folder) / "linnet.h"
            module["HEADER"] = copy
            for old, new in (("    int epochs; /* 0: 10;", "    int rounds, epochs; /* 0: 10;"), ("    float logit; ", "    double logit; "),
                             ("    X(ERR_IO, -4,", "    X(ERR_IO, -44,"), ("int linnet_arch_count(void);", "int linnet_arch_count(int x);")):
                self.assertIn(old, header)
                copy.write_text(header)
                before = module["write_abi"]()
                copy.write_text(header.replace(old, new, 1))
                self.assertNotEqual(before, module["write_abi"](), old)


if __name__ == "__main__":
    helper.main()
