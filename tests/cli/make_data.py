"""Tiny data for the CLI tests: a class is a bright square in a place of its own, on noise. Standard library alone.

    make_data.py idx FOLDER   MNIST-family IDX files: 240 images to train, 60 to test
    make_data.py png FOLDER   one picture a class, 0.png ... 9.png
"""
import os
import random
import struct
import sys
import zlib

SIDE = 28


def image(label, rng):
    """[28][28] bytes, row by row."""
    left, top = 2 + 5 * (label % 5), 4 + 12 * (label // 5)
    pixels = bytearray(rng.randrange(40) for _ in range(SIDE * SIDE))
    for y in range(top, top + 8):
        for x in range(left, left + 4):
            pixels[y * SIDE + x] = 200 + rng.randrange(56)
    return bytes(pixels)


def write_idx(folder, name, count, rng):
    labels = [i % 10 for i in range(count)]
    with open(os.path.join(folder, f"{name}-images-idx3-ubyte"), "wb") as out:
        out.write(struct.pack(">IIII", 0x803, count, SIDE, SIDE))
        out.writelines(image(label, rng) for label in labels)
    with open(os.path.join(folder, f"{name}-labels-idx1-ubyte"), "wb") as out:
        out.write(struct.pack(">II", 0x801, count) + bytes(labels))


def png(pixels):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    rows = b"".join(b"\0" + pixels[y * SIDE:(y + 1) * SIDE] for y in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def main():
    kind, folder = sys.argv[1:]
    rng = random.Random(7)
    os.makedirs(folder, exist_ok=True)
    if kind == "idx":
        write_idx(folder, "train", 240, rng)
        write_idx(folder, "t10k", 60, rng)
    else:
        for label in range(10):
            with open(os.path.join(folder, f"{label}.png"), "wb") as out:
                out.write(png(image(label, rng)))


main()
