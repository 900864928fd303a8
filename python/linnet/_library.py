"""Finds liblinnet and loads it when it is first used, so that `import linnet` is quick.

The library is the first of these that exists:

    $LINNET_LIBRARY                              a path
    linnet/_lib/liblinnet.so.0                   in a wheel, beside the libraries that it needs
    ../build/release/liblinnet.so.0              in a source tree
    liblinnet.so.0                               where the system's loader looks

OpenMP. A process should have one OpenMP runtime: the threads of a second one wait actively while the first computes. A wheel has its
own libgomp, as PyTorch's does, each under another file name. If the process has already loaded a libgomp, this module makes it visible
to liblinnet, whose calls then use it. Otherwise it makes liblinnet's libgomp visible to libraries that are loaded later.
"""
from __future__ import annotations

import atexit
import contextlib
import ctypes
import logging
import os
import pathlib
import threading
from collections.abc import Iterator
from typing import Any

from . import _abi
from .errors import make_error

_lock = threading.Lock()
_loaded: ctypes.CDLL | None = None
PACKAGE = pathlib.Path(__file__).resolve().parent


def _find() -> str:
    given = os.environ.get("LINNET_LIBRARY")
    if given:
        return given
    for path in (PACKAGE / "_lib/liblinnet.so.0", PACKAGE.parents[1] / "build/release/liblinnet.so.0"):
        if path.exists():
            return str(path)
    return "liblinnet.so.0"


def openmp_runtimes() -> list[str]:
    """The files of the GNU OpenMP runtimes that this process has loaded, in the order of their addresses."""
    found: list[str] = []
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        for line in maps:
            path = line.rstrip("\n").split(" ", 5)[-1].strip()
            if os.path.basename(path).startswith("libgomp") and path not in found:
                found.append(path)
    return found


def _share(paths: list[str]) -> None:
    """Makes the functions of the first of these runtimes visible to every library that is loaded from now on."""
    for path in paths[:1]:
        ctypes.CDLL(path, mode=os.RTLD_NOLOAD | os.RTLD_GLOBAL | os.RTLD_NOW)


@contextlib.contextmanager
def _short_waits() -> Iterator[None]:
    """Limits active waiting to about 10 microseconds, as the program does, for a libgomp that is loaded meanwhile, unless the user has set
    a limit. Without it, another program that needs the processor makes a step ten times slower."""
    chosen = "GOMP_SPINCOUNT" in os.environ or "OMP_WAIT_POLICY" in os.environ
    if not chosen:
        os.environ["GOMP_SPINCOUNT"] = "1000"
    try:
        yield
    finally:
        if not chosen:
            del os.environ["GOMP_SPINCOUNT"]


def _load() -> ctypes.CDLL:
    path = _find()
    runtimes = openmp_runtimes()
    _share(runtimes)
    try:
        with _short_waits():
            library = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"liblinnet cannot be loaded: {error}; install the package linnet or liblinnet0, or set LINNET_LIBRARY to "
                          "the path of liblinnet.so.0") from error
    if not runtimes:
        _share(openmp_runtimes())
    return _declare(library, path)


def _declare(library: ctypes.CDLL, path: str) -> ctypes.CDLL:
    """Declares the types of every function, and sends the library's notes to logging."""
    for name, (result, arguments) in _abi.FUNCTIONS.items():
        function = getattr(library, name, None)
        if function is None:
            raise ImportError(f"{path} is older than this package, {_abi.VERSION}: it has no {name}")
        function.restype, function.argtypes = result, arguments
    library.linnet_set_log(_log_line, None)
    atexit.register(library.linnet_set_log, _abi.linnet_log_fn(0), None)
    return library


def _on_log(user: object, level: int, line: bytes) -> None:
    levels = {_abi.LOG_DEBUG: logging.DEBUG, _abi.LOG_INFO: logging.INFO}
    logging.getLogger("linnet").log(levels.get(level, logging.WARNING), "%s", text(line))


_log_line = _abi.linnet_log_fn(_on_log)


def lib() -> Any:
    """The library, loaded on the first call, with the types of all its functions."""
    global _loaded
    if _loaded is None:
        with _lock:
            if _loaded is None:
                _loaded = _load()
    return _loaded


def check(status: int) -> None:
    """Raises the exception for a negative status. Call it in the thread of the failure, before that thread's next call."""
    if status:
        library = lib()
        raise make_error(status, library.linnet_error().decode(), library.linnet_error_code().decode())


def text(value: bytes | None) -> str:
    """A string of the library; bytes that are not UTF-8 become surrogates, as in os.fsdecode."""
    return (value or b"").decode("utf-8", "surrogateescape")


def path_bytes(path: str | os.PathLike[str] | bytes) -> bytes:
    return os.fsencode(path)


def version() -> str:
    """The library's version."""
    return text(lib().linnet_version())


def onednn_version() -> str:
    """The version of the oneDNN that is loaded: "2.6.3"."""
    out = ctypes.create_string_buffer(32)
    lib().linnet_onednn_version(out, len(out))
    return text(out.value)
