#!/usr/bin/env python3
"""draw_photos.py FOLDER COUNT: draws JPEGs that resemble photos, half of them in FOLDER/a, half in FOLDER/b. Needs Pillow.

The pictures are soft shapes with a little noise, 500 x 375 or upright, at quality 90. Their size and decoding time are about those
of a photo from the web.
"""
import pathlib
import random
import sys

from PIL import Image, ImageChops


def photo(rng):
    size = rng.choice([(500, 375), (375, 500), (400, 400)])
    picture = Image.new("RGB", size, (118, 118, 118))
    for cells in (4, 12, 60):  # coarse shapes, then detail
        small = Image.frombytes("RGB", (cells, cells), rng.randbytes(3 * cells * cells))
        picture = Image.blend(picture, small.resize(size, Image.BICUBIC), 0.4 if cells < 60 else 0.15)
    grain = Image.effect_noise(size, 12).convert("RGB")
    return ImageChops.add(picture, grain, 1, -128)


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(1)
    for number in range(count):
        place = folder / "ab"[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        photo(rng).save(place / f"{number}.jpg", quality=90)


main()
