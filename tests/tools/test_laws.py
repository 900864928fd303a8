"""The laws can fail: each runs on a small tree that breaks it and on one that keeps it."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("LINNET_SOURCE") or pathlib.Path(__file__).resolve().parents[2])
HOUSE = """
linnet_folder(base PACKAGES m)
linnet_folder(tensor NEEDS base)
linnet_folder(dnn NEEDS base tensor PACKAGES linnet::onednn)
linnet_folder(op NEEDS base tensor dnn LIST op_list.h)
"""


class LawCase(unittest.TestCase):
    """Writes a tree, runs a law on it, compares the exit status and the lines."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, files):
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def run_law(self, law, *args):
        return subprocess.run([sys.executable, SOURCE / "tools" / f"check-{law}", self.root, *args],
                              capture_output=True, text=True)

    def kept(self, law, files, *args):
        self.write(files)
        run = self.run_law(law, *args)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def broken(self, law, files, *expected, args=()):
        self.write(files)
        run = self.run_law(law, *args)
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        for line in expected:
            self.assertIn(line, run.stdout)
        return run.stdout


class Nothing(LawCase):
    def test_an_empty_tree_proves_nothing(self):
        self.write({"CMakeLists.txt": HOUSE})
        for law in ("layers", "lists", "lengths", "prints", "globals"):
            run = self.run_law(law)
            self.assertEqual(run.returncode, 1, law)
            self.assertIn("nothing to look at", run.stdout)


class Layers(LawCase):
    def tree(self, **files):
        return {"CMakeLists.txt": HOUSE, "src/base/text.c": '#include "base/text.h"\n#include <stdio.h>\n', **files}

    def test_kept(self):
        self.kept("layers", self.tree(**{
            "src/dnn/engine.c": '#include "base/text.h"\n#include "dnn/engine.h"\n#include <dnnl.h>\n',
            "src/op/conv.c": '/*\n#include "graph/plan.h"\n*/\n#include "dnn/engine.h"\n',
            "cli/main.c": '#include "args.h"\n#include <linnet/linnet.h>\n', "cli/args.h": "\n"}))

    def test_right_neighbour(self):
        self.broken("layers", self.tree(**{"src/tensor/a.c": '\n#include "op/op.h"\n'}),
                    "src/tensor/a.c:2: tensor/ includes op/op.h")

    def test_foreign_header(self):
        self.broken("layers", self.tree(**{"src/op/a.c": "#include <dnnl.h>\n", "src/dnn/a.c": "# include <cairo.h>\n",
                                           "src/base/a.c": "#include <webp/decode.h>\n"}),
                    "src/op/a.c:1: op/ includes <dnnl.h>", "src/dnn/a.c:1: dnn/ includes <cairo.h>",
                    "src/base/a.c:1: base/ includes <webp/decode.h>")

    def test_header_without_its_folder(self):
        self.broken("layers", self.tree(**{"src/op/a.c": '#include "op.h"\n'}), 'src/op/a.c:1: "op.h"')

    def test_unknown_folder(self):
        self.broken("layers", self.tree(**{"src/extra/a.c": "\n"}), "src/extra/a.c:1: src/extra has no")

    def test_program_reaches_inside(self):
        self.broken("layers", self.tree(**{"cli/main.c": '#include "base/text.h"\n#include <dnnl.h>\n',
                                           "examples/e.c": '#include "../src/op/op.h"\n'}),
                    'cli/main.c:1: "base/text.h"', "cli/main.c:2: <dnnl.h>", "examples/e.c:1:")

    def test_needs_to_the_right(self):
        self.broken("layers", {"CMakeLists.txt": "linnet_folder(base NEEDS tensor)\nlinnet_folder(tensor)\n",
                               "src/base/a.c": "\n"}, "CMakeLists.txt:1: base needs tensor")


class Lists(LawCase):
    @staticmethod
    def part(name):
        return f"const struct ln_op ln_op_{name} = {{.name = 1}};\n"

    def tree(self, lines):
        return {"CMakeLists.txt": HOUSE, "src/op/op_list.h": lines, "src/op/conv.c": self.part("conv"),
                "src/op/relu.c": self.part("relu"), "src/op/window.c": "const struct other ln_window = {0};\n"}

    def test_kept(self):
        self.kept("lists", self.tree("/* LN_OP(old) */\nLN_OP(conv)\nLN_OP(relu, 2)\n"))

    def test_file_without_line(self):
        self.broken("lists", self.tree("LN_OP(conv)\n"), "src/op/relu.c:1: 'relu' has no line")

    def test_line_without_file(self):
        self.broken("lists", self.tree("LN_OP(conv)\nLN_OP(relu)\nLN_OP(tanh)\n"), "src/op/op_list.h:3: 'tanh' is listed")

    def test_twice(self):
        self.broken("lists", self.tree("LN_OP(conv)\nLN_OP(relu)\nLN_OP(conv)\n"),
                    "src/op/op_list.h:3: 'conv' is listed twice")

    def test_no_line(self):
        self.broken("lists", self.tree("\n"), "src/op/op_list.h:1: the list is empty")

    def test_two_lists(self):
        two = {"src/op/loss_list.h": "LN_LOSS(xent)\n", "src/op/xent.c": "const struct ln_loss ln_loss_xent = {0};\n"}
        self.kept("lists", self.tree("LN_OP(conv)\nLN_OP(relu)\n") | two)
        self.broken("lists", {"src/op/mse.c": "const struct ln_loss ln_loss_mse = {0};\n"},
                    "src/op/mse.c:1: 'mse' has no line in loss_list.h or op_list.h")


class Lengths(LawCase):
    @staticmethod
    def function(lines):
        return "static int sum(int a,\n               int b) {\n" + "    a++;\n" * (lines - 3) + "}\n"

    def test_kept(self):
        self.kept("lengths", {"src/op/a.c": "/* What lives here. */\n\n" + self.function(60) * 8})
        self.kept("lengths", {"src/op/a.c": "/* Tables.\n * long because: a table.\n */\n" + "int f(void);\n" * 600})
        self.kept("lengths", {"src/op/a.c": "/* What. */\n/* long because: one switch */\n" + self.function(90)})

    def test_long_file(self):
        self.broken("lengths", {"src/op/a.c": "/* What. */\n" + "int f(void);\n" * 500}, "src/op/a.c:501: 501 lines")
        self.broken("lengths", {"tests/a.py": "# What.\n" + "pass\n" * 500}, "tests/a.py:501: 501 lines")

    def test_long_function(self):
        self.broken("lengths", {"cli/a.c": "int k;\n\n" + self.function(61)}, "cli/a.c:3: sum() has 61 lines")

    def test_reason_elsewhere_does_not_count(self):
        self.broken("lengths", {"cli/a.c": "/* long because: no */\nint k;\n\n" + self.function(61)}, "cli/a.c:4:")


class Prints(LawCase):
    def test_kept(self):
        self.kept("prints", {
            "src/base/alloc.c": "void *p = malloc(8);\n",
            "src/op/a.c": '/* printf(1) */ const char *s = "exit(1)"; snprintf(b, 1, ""); ln_free(p); a->free(p);\n',
            "src/model/json.c": "free(text); /* foreign memory */\n"})

    def test_broken(self):
        self.broken("prints", {"src/base/alloc.c": "abort();\n", "src/op/a.c": "\nfprintf(stderr, s);\np = malloc (4);\n"},
                    "src/base/alloc.c:1: abort()", "src/op/a.c:2: fprintf()", "src/op/a.c:2: stderr",
                    "src/op/a.c:3: malloc()")


class Words(LawCase):
    def test_kept(self):
        self.kept("words", {"README.md": "Build it in build/. See docs/work/plan.md, /usr/share.\n",
                            "src/a.c": "/* a training session; the 3 issues of JPEG */ int x; /* #define */\n",
                            "tests/a.bats": "dir=/tmp/x\n"})

    def test_broken(self):
        self.broken("words", {"README.md": "see /home/me/x\nas issue #12 says\nas #12 says\nin /tmp/x\n",
                              "src/a.c": "// TODO later\n/* found last session */\n",
                              "tools/fetch": "curl https://example.org/x\n"},
                    "README.md:1:", "README.md:2:", "README.md:3:", "README.md:4:", "src/a.c:1:", "src/a.c:2:",
                    "tools/fetch:1:")

    def test_wordings(self):
        self.kept("words", {"src/a.c": "int twin, settled; /* told apart; there is no file */\n"})
        self.broken("words", {"src/a.c": "/* 8 bytes a row */\n/* It can't be read. */\n/* The run goes on. */\n"},
                    "src/a.c:1: 'bytes a row'", "src/a.c:2: 'can't'", "src/a.c:3: 'goes on'")
        self.broken("words", {"src/a.c": 'int twin; /* a twin of it */\nchar *s = "the size is settled";\n',
                              "docs/x.md": "Hidden files are passed over.\n"},
                    "src/a.c:1: 'twin'", "src/a.c:2: 'settled'", "docs/x.md:1: 'passed over'")


class Docs(LawCase):
    """Pages and comments name what exists."""

    TREE = {
        "Makefile": "demo: build\n",
        "cli/command_list.h": "LN_COMMAND(train)\n",
        "cli/train.c": '{CLI_ROW(INT, epochs), .flag = "epochs", .value = "N"},\n',
        "docs/linnet.1": ".BI \\-\\-epochs\n",
        "include/linnet/linnet.h": "struct linnet_train_opts {\n    int epochs; /* passes */\n};\nint linnet_train(void);\n",
        "src/op/conv.c": "int ln_conv(void);\n",
    }

    def test_kept(self):
        self.kept("docs", {**self.TREE, "README.md": "[conv](src/op/conv.c), `op/conv.c` and linnet_train_opts.epochs;\n"
                                                     "`make demo`, `linnet train --epochs 3`, `ln_conv()`, `ln_conv_*`, add-an-op.md\n",
                           "docs/add-an-op.md": "\n"})
        self.kept("docs", {"docs/add-an-op.md": "**1. The file**, `src/op/tanh.c`: `ln_op_tanh`, src/op/tanh.c\n"})
        self.kept("docs", {"src/op/relu.c": '/* conv.c, --epochs, in --move--> out */ char *s = "--gone gone.c ln_gone";\n'})
        self.kept("docs", {"CHANGELOG.md": "# Log\n\n## 2\n\n--epochs\n\n## 1\n\n--removed\n"})

    def offence(self, text, *expected):
        self.broken("docs", {**self.TREE, "README.md": text}, *(f"README.md:1: {line}" for line in expected))

    def test_files(self):
        self.offence("op/gone.c", "there is no file op/gone.c")
        self.offence("see src/gone/", "there is no src/gone/")
        self.offence("[x](docs/gone.svg)", "the link docs/gone.svg does not exist")

    def test_identifiers(self):
        self.offence("linnet_gone() and `ln_gone`", "no code has the name linnet_gone", "no code has the name ln_gone")
        self.offence("linnet_train_opts.epochs, .gone", "struct linnet_train_opts has no field gone")

    def test_flags_and_commands(self):
        self.offence("--gone", "there is no flag --gone")
        self.offence("`make gone`", "the Makefile has no target gone")
        self.offence("`linnet gone x`", "linnet has no command gone")

    def test_comments(self):
        tree = {**self.TREE, "src/op/conv.c": "int x;\n/* as ln_gone() */\n", "bench/run": "# see gone.py\n",
                "CHANGELOG.md": "# Log\n\n## 1\n\n--gone\n"}
        self.broken("docs", tree, "src/op/conv.c:2: no code has the name ln_gone", "bench/run:1: there is no file gone.py",
                    "CHANGELOG.md:5: there is no flag --gone")

    def test_manual_lacks_a_flag(self):
        tree = {**self.TREE, "src/train/options_use.c": '{ROW(STRING, part), .flag = "part"},\n'}
        self.broken("docs", tree, "docs/linnet.1:1: linnet has a flag --part")

    def test_lists(self):
        index = "/* A plan.\n *\n *   plan_a.c   one\n *   plan_b.c   two\n *   plan_c.c   three\n */\n"
        sources = {f"src/graph/plan_{letter}.c": "\n" for letter in "abc"}
        self.kept("docs", {**self.TREE, **sources, "src/graph/plan.h": index, "src/graph/other.c": "\n"})
        self.broken("docs", {"src/graph/plan_d.c": "\n"}, "src/graph/plan.h:3: the list of plan_*.c lacks plan_d.c")
        self.broken("docs", {"docs/data.md": "# Data\n", "README.md": "nothing\n"}, "README.md:1: docs/data.md is not named")


class Objects(LawCase):
    """The two laws that inspect the built library."""

    HEADER = "#define LINNET_API __attribute__((visibility(\"default\")))\nLINNET_API int linnet_one(void);\n"

    def compile(self, source, output, *flags):
        path = self.root / output
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([os.environ.get("CC", "cc"), "-fPIC", "-fvisibility=hidden", "-I", self.root / "include", *flags,
                        "-o", path, self.root / source], check=True)
        return path

    def globals_of(self, text, name="src/op/a.c"):
        self.write({name: text})
        self.compile(name, f"build/release/CMakeFiles/ln_op.dir/{name}.o", "-c")
        return self.run_law("globals")

    def test_globals_kept(self):
        run = self.globals_of('static const int k[2] = {1, 2};\nstatic const char *const names[] = {"a"};\n'
                              "const char *f(int i);\nconst char *f(int i) { return names[k[i]]; }\n")
        self.assertEqual(run.returncode, 0, run.stdout)
        run = self.globals_of("_Thread_local int error;\n", "src/base/status.c")
        self.assertEqual(run.returncode, 0, run.stdout)

    def test_globals_broken(self):
        run = self.globals_of("int zero;\nint one = 1;\n_Thread_local int mine;\nconst char *names[] = {\"a\"};\n"
                              "int f(void);\nint f(void) { static int calls; return ++calls; }\n")
        self.assertEqual(run.returncode, 1)
        for name in ("zero", "one", "mine", "names", "calls"):
            self.assertIn(f"'{name}", run.stdout)

    def symbols_of(self, text):
        self.write({"include/linnet/linnet.h": self.HEADER, "a.c": "#include <linnet/linnet.h>\n" + text})
        self.compile("a.c", "build/release/liblinnet.so", "-shared")
        archived = self.compile("a.c", "a.o", "-c")
        subprocess.run(["ar", "rc", self.root / "build/release/liblinnet.a", archived], check=True)
        return self.run_law("symbols")

    def test_symbols_kept(self):
        run = self.symbols_of("int ln_two(void);\nint ln_two(void) { return 2; }\nint linnet_one(void) { return ln_two(); }\n")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_symbols_broken(self):
        run = self.symbols_of("LINNET_API int ln_out(void);\nint ln_out(void) { return 2; }\n"
                              "int helper(void);\nint helper(void) { return 2; }\n")
        self.assertEqual(run.returncode, 1)
        for line in ("linnet_one() is declared, but", "exports 'ln_out'", "global name 'helper'"):
            self.assertIn(line, run.stdout)


if __name__ == "__main__":
    unittest.main()
