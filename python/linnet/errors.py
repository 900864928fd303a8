"""Exceptions, one class for each status of the library.

Every exception has the same four attributes:

    message   the line to show
    status    the number of enum linnet_status
    code      a short name that stays the same from version to version: "img-truncated"
    file      the file that the message begins with, or None
"""
from __future__ import annotations

import re

from . import _abi

__all__ = ["LinnetError", "InternalError", "UsageError", "InputError", "FileError", "LimitError", "DivergedError", "RankError",
           "Interrupted"]


class _Failure:
    """The attributes of LinnetError and Interrupted."""
    message: str
    status: int
    code: str
    file: str | None

    def _describe(self, message: str, status: int, code: str) -> None:
        self.message, self.status, self.code = message, status, code
        begins = message.split(": ", 1)
        self.file = begins[0] if len(begins) == 2 and status in (_abi.ERR_INPUT, _abi.ERR_IO) else None


class LinnetError(_Failure, Exception):
    """A call into the library failed. There is a subclass for each kind of failure."""

    def __init__(self, message: str, status: int = _abi.ERR_INTERNAL, code: str = "") -> None:
        super().__init__(message)
        self._describe(message, status, code)

    def __reduce__(self) -> tuple[type[LinnetError], tuple[str, int, str]]:
        return type(self), (self.message, self.status, self.code)


class InternalError(LinnetError):
    """A bug, or something unforeseen."""


class UsageError(LinnetError, ValueError):
    """An option, a name or a combination that does not exist."""


class InputError(LinnetError, ValueError):
    """A file that is missing, damaged or of another kind."""


class FileError(LinnetError, OSError):
    """Input or output failed: disk full, no permission."""

    def __str__(self) -> str:  # OSError's own would take the arguments as errno and strerror
        return self.message


class LimitError(LinnetError, MemoryError):
    """Out of memory, or over a limit."""


class DivergedError(LinnetError, ArithmeticError):
    """Training diverged: the loss or the gradient was not finite in three steps in a row."""


class RankError(LinnetError):
    """A rank of a distributed run was lost."""


class Interrupted(_Failure, KeyboardInterrupt):
    """Ctrl-C stopped a call. Training first saves its progress in the run folder: `run`, for linnet.resume; None without one.

    Interrupted is a KeyboardInterrupt, not a LinnetError, so that `except LinnetError` in a loop over several runs does not catch it.
    """

    def __init__(self, message: str, status: int = _abi.ERR_INTERRUPTED, code: str = "interrupted", run: str | None = None) -> None:
        super().__init__(message)
        self._describe(message, status, code)
        self.run = run


_CLASSES: dict[int, type[LinnetError]] = {
    _abi.ERR_INTERNAL: InternalError, _abi.ERR_USAGE: UsageError, _abi.ERR_INPUT: InputError, _abi.ERR_IO: FileError,
    _abi.ERR_LIMIT: LimitError, _abi.ERR_DIVERGED: DivergedError, _abi.ERR_RANK: RankError,
}


def make_error(status: int, message: str, code: str) -> LinnetError | Interrupted:
    """The exception for a status. Flags of the program become keyword arguments: `--batch-size` is `batch_size`."""
    message = re.sub(r" \[[a-z0-9-]+\]$", "", message)
    if status == _abi.ERR_USAGE:
        message = re.sub(r"--([a-z][a-z0-9-]*)", lambda flag: flag[1].replace("-", "_"), message)
    if status == _abi.ERR_INTERRUPTED:
        return Interrupted(message, status, code)
    return _CLASSES.get(status, InternalError)(message, status, code)
