#!/usr/bin/env python3
"""Writes the seeds corpus/idx/*: small IDX files of images and labels, plain and gzip, intact and damaged."""
import gzip
import pathlib
import struct
import zlib

FOLDER = pathlib.Path(__file__).parent / "corpus/idx"


def images(n, h, w, size=None):
    return struct.pack(">4I", 0x803, n, h, w) + bytes(i * 7 & 255 for i in range(n * h * w if size is None else size))


def labels(n, size=None):
    return struct.pack(">2I", 0x801, n) + bytes(i % 10 for i in range(n if size is None else size))


def packed(data):
    return gzip.compress(data, mtime=0)


def stored(data):
    """gzip without compression, so that mutations reach the content (the checksum then fails)."""
    return gzip.compress(data, compresslevel=0, mtime=0)


SEEDS = {
    "images": images(3, 4, 5),
    "labels": labels(12),
    "images.gz": packed(images(3, 4, 5)),
    "labels.gz": packed(labels(12)),
    "labels-stored.gz": stored(labels(12)),
    "labels-members.gz": packed(labels(12)[:9]) + packed(labels(12)[9:]),
    "zeros.gz": packed(images(50, 28, 28, 0) + bytes(50 * 28 * 28)),
    "claims-much": images(0xFFFFFFFF, 4096, 4096, 8),
    "claims-much.gz": packed(images(1000, 1000, 1000, 8)),
    "short": labels(12, 11),
    "long": labels(12, 13),
    "crc.gz": packed(labels(12))[:-8] + struct.pack("<2I", zlib.crc32(b"other"), 20),
    "empty": b"",
    "header-only": labels(0),
}

FOLDER.mkdir(parents=True, exist_ok=True)
for name, data in SEEDS.items():
    (FOLDER / name).write_bytes(data)
