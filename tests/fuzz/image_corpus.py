#!/usr/bin/env python3
"""Writes the seeds corpus/jpeg/*, corpus/png/* and so on: one small file of each kind in the zoo of tests/parity.

    /usr/bin/python3 image_corpus.py IMAGE_MAKE
"""
import pathlib
import sys

FOLDER = pathlib.Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent / "parity"))
import image_zoo  # noqa: E402

KINDS = """q75s2.jpg progressive.jpg grey.jpg cmyk.jpg exif6.jpg exif-be-t3-n3-2.jpg made-a.jpg made-ap.jpg made-r4.jpg
    made-y.jpg 1.png L.png LA.png P.png RGBA.png I16.png c2d8i1-9x13.png c3d2i1-9x13.png c6d16i1-9x13.png exif6-after.png
    raw-profile-z.png xmp0.png q80.webp q80a.webp lossless-a.webp exif6.webp moving.webp moving-lossless.webp
    moving.gif b4h9i1.gif local.gif offset-t.gif b1-7x5-h40-0.bmp b4-7x5-h12-0.bmp b8-7x5-h124-1.bmp
    masks16-f800-0-h40.bmp masks32-ff0000-ff000000-h124.bmp rle8.bmp rle4.bmp p1.pnm p2-1000.pnm p3-15.pnm 1.pbm
    p5-1023.pnm p6-255.pnm comments.ppm 1-group4.tif 1-group3.tif L-lzw.tif P-packbits.tif RGB-jpeg.tif YCbCr-jpeg.tif
    YCbCr-lzw.tif CMYK-deflate.tif F-lzw.tif I16-raw.tif orientation6.tif m8-2-4-be-16-1-x(1,).tif
    m4-3-1-le-strips-1-x().tif planar-4-5-16-1.tif fill-order2-True.tif pages.tif""".split()


FORMATS = {"jpg": "jpeg", "png": "png", "webp": "webp", "gif": "gif", "tif": "tiff", "bmp": "bmp", "pnm": "pnm", "pbm": "pnm",
           "ppm": "pnm"}


def main(maker):
    image_zoo.WIDTH, image_zoo.HEIGHT = 19, 11
    image_zoo.picture.__defaults__ = image_zoo.grey16.__defaults__ = (19, 11)
    missing = set(KINDS)
    for name, data in image_zoo.zoo(maker):
        if name in KINDS and len(data) < 6000:
            target = FOLDER / "corpus" / FORMATS[name.rsplit(".", 1)[1]]
            target.mkdir(parents=True, exist_ok=True)
            (target / name.translate(str.maketrans("(),", "___"))).write_bytes(data)
            missing.discard(name)
    if missing:
        sys.exit(f"not in the zoo, or too large: {sorted(missing)}")


if __name__ == "__main__":
    main(sys.argv[1])
