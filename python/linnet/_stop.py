"""Ctrl-C during a call into the library.

Python runs signal handlers only between its own instructions, and a whole ctypes call counts as one. KeyboardInterrupt would therefore
come at the end of an hour of training, or be lost in a callback. While a call with a Stop runs in the main thread, Ctrl-C sets a flag
that the library checks between steps. The library then saves its progress and returns, and linnet.Interrupted is raised.

Python's handler runs at the next callback. A call that may wait long without a callback (on a full disk) uses waits=True: a thread
reads the signal's number from a socket (signal.set_wakeup_fd) and sets the flag at once.
"""
from __future__ import annotations

import ctypes
import signal
import socket
import threading
from types import TracebackType
from typing import Any

from ._signals import give_stack


class Stop:
    """A flag for the .stop field of option structs. Ctrl-C, an exception in a callback, or set() sets the flag."""

    def __init__(self, flag: ctypes.c_int | None = None, waits: bool = False) -> None:
        self.flag = ctypes.c_int(0) if flag is None else flag
        self.flag.value = 0
        self.error: BaseException | None = None
        self._waits = waits
        self._handler: Any = None
        self._thread: threading.Thread | None = None

    @property
    def pointer(self) -> Any:
        return ctypes.pointer(self.flag)

    def set(self) -> None:
        self.flag.value = 1

    def fail(self, error: BaseException) -> None:
        """Keeps a callback's first exception, which is raised after the library returns, and sets the flag."""
        if self.error is None:
            self.error = error
        self.set()

    def __enter__(self) -> Stop:
        # Only the main thread may change handlers. A program that ignores Ctrl-C or handles it in C keeps its own handling.
        if threading.current_thread() is threading.main_thread() and callable(signal.getsignal(signal.SIGINT)):
            give_stack()
            self._handler = signal.signal(signal.SIGINT, self._asked)
            if self._waits:
                self._begin_waiting()
        return self

    def _begin_waiting(self) -> None:
        self._woken, self._wakes = socket.socketpair()
        self._wakes.setblocking(False)
        self._thread = threading.Thread(target=self._wait, name="linnet-stop", daemon=True)
        self._thread.start()
        self._wakeup = signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)

    def _asked(self, number: int, frame: object) -> None:
        self.set()

    def _wait(self) -> None:
        while number := self._woken.recv(1):
            if number[0] == signal.SIGINT:
                self.set()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)
        if self._thread is not None:
            signal.set_wakeup_fd(self._wakeup)
            self._wakes.close()
            self._thread.join()
            self._woken.close()
        if self.error is not None and kind is None:
            raise self.error
