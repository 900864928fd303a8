"""Code that the laws in tools/check-* share: finding files, reading C without its comments, reporting.

Each law is a program `tools/check-NAME [ROOT]` that reads the tree ROOT (default: its own), prints `file:line: what` for every
offence, and exits 1 if there is one. tests/tools shows that each law can fail.
"""
import pathlib
import re
import sys

sys.dont_write_bytecode = True


class Law:
    """One run of one law over one tree."""

    def __init__(self, argv):
        own_tree = pathlib.Path(argv[0]).resolve().parent.parent
        self.name = pathlib.Path(argv[0]).name
        self.root = pathlib.Path(argv[1]).resolve() if len(argv) > 1 else own_tree
        self.args = argv[2:]
        self.offences = 0
        self.looked_at = 0

    def files(self, *patterns):
        """The files that match any of the glob patterns, in order; a law that looked at nothing proves nothing."""
        found = sorted({path for pattern in patterns for path in self.root.glob(pattern) if path.is_file()})
        self.looked_at += len(found)
        return found

    def read(self, path):
        return path.read_text(encoding="utf-8", errors="replace")

    def offence(self, path, line, what):
        self.offences += 1
        where = path.relative_to(self.root) if path.is_absolute() else path
        print(f"{where}:{line}: {what}")

    def finish(self):
        if not self.looked_at:
            print(f"{self.name}: found nothing to look at under {self.root}")
            sys.exit(1)
        if self.offences:
            print(f"{self.name}: {self.offences} offences")
            sys.exit(1)
        print(f"{self.name}: fine ({self.looked_at} files)")
        sys.exit(0)


_COMMENT_OR_STRING = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def without_comments(text):
    """C source with its comments blanked; every other character keeps its position."""
    return _COMMENT_OR_STRING.sub(lambda m: _blank(m[0]) if m["comment"] else m[0], text)


def code_only(text):
    """C source with comments and the insides of strings blanked; every other character keeps its position."""
    return _COMMENT_OR_STRING.sub(
        lambda m: _blank(m[0]) if m["comment"] else m[0][0] + _blank(m[0][1:-1]) + m[0][-1], text)


def comments_only(text):
    """C source with everything but its comments blanked; every comment keeps its position."""
    out, at = [], 0
    for match in _COMMENT_OR_STRING.finditer(text):
        out += [_blank(text[at:match.start()]), match[0] if match["comment"] else _blank(match[0])]
        at = match.end()
    return "".join(out) + _blank(text[at:])


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
