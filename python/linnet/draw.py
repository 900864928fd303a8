"""PNG files: the pictures of a run folder, and panels of curves that compare several trainings."""
from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import _abi
from ._library import check, lib, path_bytes

COLOURS = {"blue": 0, "vermilion": 1, "green": 2, "black": 3}


@dataclass(frozen=True)
class Picture:
    """A PNG file, which a notebook shows."""
    path: str

    def _repr_png_(self) -> bytes:
        with open(self.path, "rb") as source:
            return source.read()


@dataclass(frozen=True)
class Line:
    """A line of a panel for draw_lines.

    values   one number for each epoch from 1; nan is a gap
    name     in the legend; None: not shown there
    colour   "blue", "vermilion", "green" or "black"
    thin     a thinner line, for training beside test
    """
    values: Sequence[float]
    name: str | None = None
    colour: str = "blue"
    thin: bool = False


def draw_lines(path: str | os.PathLike[str], panels: Mapping[str, Sequence[Line]], *, title: str | None = None, percent: bool = False,
               high: float = 0) -> Picture:
    """Draws up to four panels of lines side by side into a PNG file, all on one scale: panels={"plain": [Line(...), ...], ...}.

    percent: values are shares of 1, shown in per cent. high: the upper end of the scale, which cuts off larger values; 0: the largest
    value. Returns the picture. Raises UsageError for no panels, lines or values, and for more than 4 panels or 16 lines in a panel;
    KeyError for an unknown colour; FileError.
    """
    alive: list[Any] = []
    made = (_abi.linnet_panel * max(1, len(panels)))()
    for place, (name, lines) in zip(made, panels.items()):
        alive.append(_put_panel(place, name, lines))
    struct = _abi.linnet_lines_opts()
    struct.size, struct.percent, struct.high = ctypes.sizeof(struct), percent, high
    struct.title = None if title is None else title.encode()
    check(lib().linnet_draw_lines(path_bytes(path), made, len(panels), ctypes.byref(struct)))
    return Picture(os.fspath(path))


def _put_panel(place: Any, name: str, lines: Sequence[Line]) -> Any:
    """Fills a struct linnet_panel and returns the memory that it points to, which must outlive it. Shorter lines end with a gap."""
    epochs = max((len(line.values) for line in lines), default=0)
    made = (_abi.linnet_line * max(1, len(lines)))()
    arrays = []
    for row, line in zip(made, lines):
        values = [*map(float, line.values)]
        arrays.append((ctypes.c_double * epochs)(*values, *[float("nan")] * (epochs - len(values))))
        row.values = ctypes.cast(arrays[-1], ctypes.POINTER(ctypes.c_double))
        row.name, row.colour, row.thin = None if line.name is None else line.name.encode(), COLOURS[line.colour], line.thin
    place.name, place.epochs, place.count = name.encode(), epochs, len(lines)
    place.lines = ctypes.cast(made, ctypes.POINTER(_abi.linnet_line))
    return made, arrays
