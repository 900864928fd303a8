"""docs/chapter.ipynb, run from the first cell to the last on tiny photos, as a notebook would: one namespace, and what the last
expression of a cell shows. Debian's nbclient needs a kernel in a process of its own and 40 packages; this needs neither.

LINNET_LONG=1 trains all the chapter's networks, for LINNET_CHAPTER_TIME (20s) each, and all epochs of the degradation. With
LINNET_CHAPTER_PHOTOS these are your photos. LINNET_CHAPTER_SHOWN=FOLDER keeps what the cells show, to look at.
"""
import ast
import json
import os
import pathlib
import sys
import unittest

import helper


class Chapter(helper.Case):
    kinds = ("photos",)

    def run_cell(self, source, names, shown):
        """Executes a cell; its last expression, unless None, is shown."""
        tree = ast.parse(source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<cell>", "exec"), names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
            if value is not None:
                shown.append(self.show(value))

    def show(self, value):
        """What a notebook shows of a value: PNG, HTML or text."""
        for kind in ("_repr_png_", "_repr_html_"):
            if hasattr(value, kind):
                return kind, getattr(value, kind)()
        return "repr", repr(value)

    def keep(self, folder, shown):
        """Each shown value as a file: 03.png, 04.html."""
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        for number, (kind, value) in enumerate(shown):
            if kind == "_repr_png_":
                pathlib.Path(folder, f"{number:02}.png").write_bytes(value)
            elif kind == "_repr_html_":
                pathlib.Path(folder, f"{number:02}.html").write_text(f'<meta charset="utf-8">{value}', encoding="utf-8")

    def test_every_cell(self):
        notebook = json.loads((helper.SOURCE / "docs/chapter.ipynb").read_text())
        self.assertEqual(notebook["nbformat"], 4)
        os.environ.setdefault("LINNET_CHAPTER_PHOTOS", self.data["photos"])
        if os.environ.get("LINNET_LONG"):
            os.environ.setdefault("LINNET_CHAPTER_TIME", "20s")
        else:
            os.environ["LINNET_CHAPTER_QUICK"] = "1"
        shown, names, out = [], {"__name__": "__main__"}, sys.stdout
        with open("printed.txt", "w", encoding="utf-8") as sys.stdout:
            try:
                for cell in notebook["cells"]:
                    if cell["cell_type"] == "code":
                        self.assertEqual(cell["outputs"], [], "the notebook is kept without outputs")
                        self.run_cell("".join(cell["source"]), names, shown)
            finally:
                sys.stdout = out
        if os.environ.get("LINNET_CHAPTER_SHOWN"):
            self.keep(os.environ["LINNET_CHAPTER_SHOWN"], shown)
        pictures = [value for kind, value in shown if kind == "_repr_png_"]
        self.assertEqual(len(pictures), 6)
        for picture in pictures:
            self.assertEqual(picture[:4], b"\x89PNG")
            self.assertGreater(len(picture), 2000)
        html = "".join(value for kind, value in shown if kind == "_repr_html_")
        self.assertIn("data:image/png;base64", html)
        self.assertGreaterEqual(html.count("<svg"), 6)
        with open("printed.txt", encoding="utf-8") as lines:
            printed = lines.read()
        self.assertIn("resnet18 ", printed)
        self.assertRegex(printed, r"(?m)^\S*(cat|dog)\S*,[01]\.\d{4}$")


if __name__ == "__main__":
    helper.main()
