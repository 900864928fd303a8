"""python -m linnet: runs the program that LINNET_PROGRAM names, else that of the wheel, of the source tree's build, or on the path."""
from __future__ import annotations

import os
import shutil
import sys

from ._library import PACKAGE


def program() -> str | None:
    """The path of the program; None if it is not found."""
    given = os.environ.get("LINNET_PROGRAM")
    if given:
        return given
    for path in (PACKAGE / "_lib/linnet", PACKAGE.parents[1] / "build/release/linnet"):
        if path.exists():
            return str(path)
    # Skip the folder of this package's own script, which would start itself.
    found = shutil.which("linnet", path=os.pathsep.join(folder for folder in os.get_exec_path()
                                                        if folder != os.path.dirname(sys.argv[0])))
    return found


def main() -> None:
    """Replaces this process with the program, so that signals and the exit status are the program's own."""
    path = program()
    if path is None:
        sys.exit("linnet: the program is not installed with this package; install the package linnet, or set LINNET_PROGRAM to its path")
    os.execv(path, ["linnet", *sys.argv[1:]])


if __name__ == "__main__":
    main()
