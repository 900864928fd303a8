"""Tiny data for the CLI tests: each class is a bright square at its own position, on noise. Standard library only.

    make_data.py idx FOLDER   MNIST-family IDX files: 240 images to train, 60 to test
    make_data.py png FOLDER   one picture a class, 0.png ... 9.png
    make_data.py rgb FOLDER   frames.rgb: the same as bare pixels, [10][28][28][3]
    make_data.py photos FOLDER   cat/0.png ... cat/29.png and dog/...: no two alike
    make_data.py large FOLDER    0.png ... 3.png of 2800 x 2800 pixels
"""
import math
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


def png(pixels, side=SIDE):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    rows = b"".join(b"\0" + pixels[y * side:(y + 1) * side] for y in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def photo(number):
    """[80][80] bytes: a different pattern of waves each."""
    rng = random.Random(number)
    waves = [(rng.uniform(-9, 9), rng.uniform(-9, 9), rng.uniform(0, 6.3), 1 / k) for k in range(1, 7)]
    out = bytearray()
    for y in range(80):
        for x in range(80):
            level = sum(size * math.sin(a * x / 40 + b * y / 40 + c) for a, b, c, size in waves)
            out.append(min(255, max(0, int(128 + 50 * level))))
    return bytes(out)


def write_photos(folder):
    for number in range(60):
        name = ("cat", "dog")[number // 30]
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        with open(os.path.join(folder, name, f"{number % 30}.png"), "wb") as out:
            out.write(png(photo(number), 80))


def main():
    kind, folder = sys.argv[1:]
    rng = random.Random(7)
    os.makedirs(folder, exist_ok=True)
    if kind == "idx":
        write_idx(folder, "train", 240, rng)
        write_idx(folder, "t10k", 60, rng)
    elif kind == "photos":
        write_photos(folder)
    elif kind == "large":
        for number in range(4):
            with open(os.path.join(folder, f"{number}.png"), "wb") as out:
                out.write(png(image(number, rng) * 10000, 2800))
    elif kind == "rgb":
        with open(os.path.join(folder, "frames.rgb"), "wb") as out:
            for label in range(10):
                out.write(bytes(value for value in image(label, rng) for _ in range(3)))
    else:
        for label in range(10):
            with open(os.path.join(folder, f"{label}.png"), "wb") as out:
                out.write(png(image(label, rng)))


if __name__ == "__main__":
    main()
