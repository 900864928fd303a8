"""A stack for signal handlers. oneDNN's matrix products point the stack register at the heap, where a signal's frame would overwrite
other data. Python installs its handlers with SA_ONSTACK, but gives a thread an alternate stack only if faulthandler is enabled.
"""
from __future__ import annotations

import ctypes
import threading

_STACK_BYTES = 256 * 1024
_SS_DISABLE = 2
_stacks = threading.local()


class _Stack(ctypes.Structure):
    _fields_ = [("sp", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t)]


def give_stack() -> None:
    """Gives the calling thread a stack for signals, unless it has one already. The stack lives as long as the thread."""
    libc = ctypes.CDLL(None)
    old = _Stack()
    if libc.sigaltstack(None, ctypes.byref(old)) or not old.flags & _SS_DISABLE:
        return
    _stacks.memory = ctypes.create_string_buffer(_STACK_BYTES)
    new = _Stack(ctypes.addressof(_stacks.memory), 0, _STACK_BYTES)
    libc.sigaltstack(ctypes.byref(new), None)
