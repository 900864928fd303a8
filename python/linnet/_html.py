"""HTML for notebooks: tables, bars, curves as SVG and pictures as PNG, without other packages."""
from __future__ import annotations

import base64
import html
import math
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

BLUE, VERMILION, GREY = "#0072b2", "#d55e00", "#888888"


def escape(text: object) -> str:
    # File names that are not UTF-8 contain surrogates, which cannot be encoded.
    return html.escape(str(text).encode("utf-8", "replace").decode())


def table(head: Sequence[object], rows: Iterable[Sequence[object]], left: int = 1) -> str:
    """A table. The first `left` columns are aligned left, the others right."""
    def cells(tag: str, row: Sequence[object]) -> str:
        return "".join(f'<{tag} style="text-align:{"left" if i < left else "right"}">{escape(cell)}</{tag}>'
                       for i, cell in enumerate(row))
    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<table><thead><tr>{cells('th', head)}</tr></thead><tbody>{body}</tbody></table>"


def bars(names: Sequence[str], shares: Sequence[float]) -> str:
    """A row for each name, with a bar for its share (0 to 1)."""
    rows = "".join(
        f'<tr><td style="text-align:left">{escape(name)}</td><td style="text-align:left"><div style="width:160px;background:#8883">'
        f'<div style="width:{100 * share:.1f}%;height:10px;background:{BLUE}"></div></div></td><td>{100 * share:.2f}&nbsp;%</td></tr>'
        for name, share in zip(names, shares))
    return f"<table>{rows}</table>"


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """A PNG file of RGB pixels, uint8 [height, width, 3]."""
    height, width = pixels.shape[:2]

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b""))


def picture(pixels: npt.NDArray[np.uint8], width: int = 0, title: str = "") -> str:
    style = f' width="{width}"' if width else ""
    return f'<img{style} title="{escape(title)}" src="data:image/png;base64,{base64.b64encode(png(pixels)).decode()}">'


def side_by_side(*parts: str) -> str:
    cells = "".join(f'<div style="margin-right:16px">{part}</div>' for part in parts if part)
    return f'<div style="display:flex;flex-wrap:wrap;align-items:flex-start">{cells}</div>'


def _points(values: Sequence[float], low: float, high: float, size: tuple[int, int]) -> list[str]:
    """The points of polylines, one for each run between infinite values. Epoch 1 is at the left edge. A line bridges nan, the value of an
    epoch without an evaluation."""
    width, height = size
    runs: list[list[str]] = [[]]
    for i, value in enumerate(values):
        if math.isinf(value):
            runs.append([])
        if not math.isfinite(value):
            continue
        x = width * i / max(1, len(values) - 1)
        y = height * (1 - (value - low) / (high - low or 1))
        runs[-1].append(f"{x:.1f},{y:.1f}")
    return [" ".join(run) for run in runs if run]


def curves(title: str, lines: Sequence[tuple[str, str, Sequence[float]]], percent: bool = False) -> str:
    """One panel of curves over epochs as SVG: (name, colour, values); infinite values are gaps."""
    finite = [value for _, _, values in lines for value in values if math.isfinite(value)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    width, height = 260, 130
    out = [f'<svg width="{width + 60}" height="{height + 50}" font-family="sans-serif" font-size="11" fill="currentColor">',
           f'<text x="45" y="12" font-weight="bold">{escape(title)}</text><g transform="translate(45,20)">',
           f'<rect width="{width}" height="{height}" fill="none" stroke="{GREY}" stroke-width="0.5"/>']
    for value, y in ((high, 8), (low, height)):
        label = f"{100 * value:.1f} %" if percent else f"{value:.3g}"
        out.append(f'<text x="-4" y="{y}" text-anchor="end">{label}</text>')
    for place, (name, colour, values) in enumerate(lines):
        for run in _points(values, low, high, (width, height)):
            if " " in run:
                out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.8" points="{run}"/>')
            else:  # one epoch alone
                left, top = run.split(",")
                out.append(f'<circle cx="{left}" cy="{top}" r="2.5" fill="{colour}"/>')
        out.append(f'<text x="{place * 90}" y="{height + 16}" fill="{colour}">{escape(name)}</text>')
    epochs = max(len(values) for _, _, values in lines)
    out.append(f'<text x="{width}" y="{height + 16}" text-anchor="end">epoch {epochs}</text></g></svg>')
    return "".join(out)
