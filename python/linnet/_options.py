"""Converts keyword arguments to option structs, by the library's own tables of options (struct linnet_option).

A keyword has the name of the program's flag with _ in place of -, or the name of the field if there is no flag. The library parses its
value as it parses the flag's, so that ranges, names and messages are the same.
"""
from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Mapping, Sequence
from keyword import iskeyword
from typing import Any

from . import _abi
from ._library import check, lib, text


@functools.cache
def rows(table: str) -> list[Any]:
    """The rows of a table, by the name of its function: "linnet_train_options"."""
    function = getattr(lib(), table)
    out: list[Any] = []
    while row := function(len(out)):
        out.append(row.contents)
    return out


def keyword(row: Any) -> str:
    name = text(row.flag or row.name).replace("-", "_")
    return text(row.name) if iskeyword(name) else name  # --class becomes `target`


def choices(row: Any) -> list[str]:
    """The names that are allowed; [] if every value is."""
    out: list[str] = []
    while row.choice and (name := row.choice(len(out))):
        out.append(text(name))
    return out


def default(row: Any) -> str:
    """The default in words, "" if there is none."""
    out = ctypes.create_string_buffer(256)
    return text(lib().linnet_option_default(row, out, len(out)))


@functools.cache
def keywords(table: str) -> dict[str, Any]:
    return {keyword(row): row for row in rows(table)}


def opts(kind: str) -> Any:
    """An empty struct linnet_KIND_opts with its size."""
    struct = getattr(_abi, f"linnet_{kind}_opts")
    made = struct()
    made.size = ctypes.sizeof(struct)
    return made


def as_text(value: Any) -> str:
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return ",".join(as_text(part) for part in value)
    if isinstance(value, float) or hasattr(value, "dtype"):
        return repr(float(value)) if float(value) % 1 else str(int(value))
    return str(value)


def put(row: Any, struct: Any, value: object) -> None:
    """Stores one value. None and False leave the default."""
    if value is None or (row.type == _abi.OPTION_BOOL and not value):
        return
    if row.type == _abi.OPTION_BOOL:
        check(lib().linnet_option_parse(row, ctypes.byref(struct), None))
        return
    written = os.fsencode(as_text(value))
    # The struct borrows the bytes of a string, so they must live as long as the struct.
    struct.__dict__.setdefault("_borrowed", []).append(written)
    check(lib().linnet_option_parse(row, ctypes.byref(struct), written))


def fill(kind: str, given: Mapping[str, object], function: str) -> Any:
    """The options struct of a kind for these keyword arguments. TypeError for an unknown one, with the nearest name."""
    struct = opts(kind)
    leftover = fill_some({kind: struct}, given)
    if leftover:
        raise unknown(function, leftover[0], list(keywords(f"linnet_{kind}_options")))
    return struct


def fill_some(structs: Mapping[str, Any], given: Mapping[str, object]) -> list[str]:
    """Stores each keyword argument in every struct that has it (three have seed); returns the names that no struct has."""
    unknown_names = []
    for name, value in given.items():
        found = [(keywords(f"linnet_{kind}_options").get(name), struct) for kind, struct in structs.items()]
        for row, struct in found:
            if row is not None:
                put(row, struct, value)
        if not any(row is not None for row, _ in found):
            unknown_names.append(name)
    return unknown_names


def unknown(function: str, name: str, known: Sequence[str]) -> TypeError:
    near = lib().linnet_nearest(os.fsencode(name), (ctypes.c_char_p * len(known))(*[k.encode() for k in known]), len(known))
    hint = f"; did you mean {text(near)!r}?" if near else ""
    return TypeError(f"{function}() got an unexpected keyword argument {name!r}{hint}")
