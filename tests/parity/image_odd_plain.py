"""Unusual files of the formats with uncompressed samples: BMP, PNM, TIFF. image_odd.py has the others."""
import itertools
import random
import struct

import numpy as np
from PIL import Image, ImageCms, TiffImagePlugin

import image_tiff
import image_zoo as zoo
from image_zoo import picture, saved

# ---- BMP ------------------------------------------------------------------------------------------------------------


def odd_bmps():
    rng = random.Random(31)
    palette = bytes(rng.randrange(256) for _ in range(1024))
    rows = [bytes(rng.randrange(256) for _ in range(64)) for _ in range(6)]
    plain = zoo.bmp(11, 6, 24, rows)
    yield 'trailing.bmp', plain + b'junk' * 20
    yield 'size-field-0.bmp', plain[:2] + b'\0\0\0\0' + plain[6:]
    yield 'planes-0.bmp', plain[:26] + b'\0\0' + plain[28:]
    yield 'cut-row.bmp', plain[:-20]
    for bits in (1, 4, 8):
        for colours in sorted({1, 2, 3, 1 << bits} & set(range((1 << bits) + 1))):
            yield f'colours{bits}-{colours}.bmp', zoo.bmp(11, 6, bits, rows, palette=palette[:4 * colours], colours=colours)
    grey = b''.join(bytes([i, i, i, 0]) for i in range(256))
    yield 'grey-palette.bmp', zoo.bmp(11, 6, 8, rows, palette=grey)
    yield 'inverted-1.bmp', zoo.bmp(11, 6, 1, rows, palette=b'\xff\xff\xff\0\0\0\0\0')
    yield 'black-white-1.bmp', zoo.bmp(11, 6, 1, rows, palette=b'\0\0\0\0\xff\xff\xff\0')
    for bits in (2, 3, 5, 48, 64, 0):
        yield f'bits{bits}.bmp', zoo.bmp(7, 3, bits, [bytes(200)] * 3)
    for compression in (4, 5, 6, 11, 12, 99):
        yield f'compression{compression}.bmp', zoo.bmp(11, 6, 24, rows, compression=compression)
    for header in (16, 52, 56, 128, 20):
        for bits in (24, 32):
            yield f'header{header}-{bits}.bmp', zoo.bmp(11, 6, bits, rows, header=header)
            yield f'header{header}-{bits}-masks.bmp', zoo.bmp(11, 6, bits, rows, header=header, compression=3,
                                                               masks=(0xff0000, 0xff00, 0xff, 0))
    wide = [bytes([255, 9, 11, 3] * 30), bytes([1, 2, 3, 4] * 30)] * 3
    for name, masks in (('565', (0xf800, 0x7e0, 0x1f, 0)), ('444', (0xf00, 0xf0, 0xf, 0xf000)), ('bgr565', (0x1f, 0x7e0, 0xf800, 0)),
                        ('1555', (0x7c00, 0x3e0, 0x1f, 0x8000))):
        for header in (40, 56, 108, 124):
            yield f'mask16-{name}-{header}.bmp', zoo.bmp(9, 6, 16, wide, header=header, compression=3, masks=masks)
    for name, masks in (('101010', (0x3ff00000, 0xffc00, 0x3ff, 0)), ('argb', (0xff0000, 0xff00, 0xff, 0xff000000)),
                        ('abgr', (0xff, 0xff00, 0xff0000, 0xff000000)), ('bgra', (0xff00, 0xff0000, 0xff000000, 0xff)),
                        ('xbgr', (0xff, 0xff00, 0xff0000, 0))):
        for header in (40, 56, 108, 124):
            yield f'mask32-{name}-{header}.bmp', zoo.bmp(9, 6, 32, wide, header=header, compression=3, masks=masks)
    pixels = [bytes(rng.choice((7, 7, 7, 200, 31)) for _ in range(24)) for _ in range(9)]
    good = zoo.rle8(pixels)
    yield 'rle8-no-end.bmp', zoo.bmp(24, 9, 8, None, compression=1, palette=palette, data=good[:-2])
    yield 'rle8-no-row-ends.bmp', zoo.bmp(24, 9, 8, None, compression=1, palette=palette,
                                          data=b''.join(bytes([24, i]) for i in range(9)) + b'\0\1')
    yield 'rle8-early-end.bmp', zoo.bmp(24, 9, 8, None, compression=1, palette=palette, data=bytes([5, 1, 0, 0, 0, 1]))
    yield 'rle8-zero-run.bmp', zoo.bmp(24, 2, 8, None, compression=1, palette=palette, data=bytes([24, 3, 0, 0, 24, 4, 0, 1]))
    yield 'rle4-odd.bmp', zoo.bmp(9, 2, 4, None, compression=2, palette=palette[:64], data=bytes([9, 0x12, 0, 0, 0, 9, 1, 2, 3, 4, 0x50, 0, 0, 1]))
    yield 'alpha-zero.bmp', zoo.bmp(11, 6, 32, [bytes(64)] * 6)
    yield 'width-negative.bmp', plain[:18] + struct.pack('<i', -11) + plain[22:]
    yield 'height-huge.bmp', plain[:22] + struct.pack('<i', 2 ** 31 - 1) + plain[26:]
    yield 'width-0.bmp', plain[:18] + bytes(4) + plain[22:]
    yield 'offset-beyond.bmp', plain[:10] + struct.pack('<I', 10 ** 6) + plain[14:]
    yield 'header-only.bmp', plain[:54]
    yield 'half-header.bmp', plain[:30]
    yield 'BA.bmp', b'BA' + plain[2:]


# ---- PNM ------------------------------------------------------------------------------------------------------------


def odd_pnms():
    yield 'spaces.ppm', b'P6\t 2 \r\n 1\v\f255\n' + bytes(range(6))
    yield 'crlf.pgm', b'P5\r\n2 2\r\n255\r\n' + bytes(range(6))
    yield 'comment-in-number.pgm', b'P5 2#x\n 2 255 ' + bytes(range(4))
    yield 'comment-last.pgm', b'P5 2 2 255\n#no comment here' + bytes(range(4))
    yield 'two-images.pgm', (b'P5 2 2 255\n' + bytes(range(4))) * 2
    yield 'trailing.pbm', b'P4 3 3\n' + bytes(3) + b'tail'
    yield 'plus.pgm', b'P2 2 1 255 +1 2\n'
    yield 'minus.pgm', b'P2 2 1 255 -1 2\n'
    yield 'letters.pgm', b'P2 2 1 255 1 x\n'
    yield 'real.pgm', b'P2 2 1 255 1.5 2\n'
    yield 'long-number.pgm', b'P2 2 1 255 00000000000001 2\n'
    yield 'maxval65536.pgm', b'P5 2 2 65536\n' + bytes(20)
    yield 'maxval-missing.pgm', b'P5 2 2\n'
    yield 'no-size.ppm', b'P6\n'
    yield 'negative.ppm', b'P6 -2 2 255\n' + bytes(12)
    yield 'pam.pam', b'P7\nWIDTH 2\nHEIGHT 2\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n' + bytes(12)
    yield 'pfm.pfm', b'Pf\n2 2\n-1.0\n' + struct.pack('<4f', 0, .5, 1, 2)
    yield 'pbm-words.pbm', b'P1 3 2\n101 010\n'
    yield 'pbm-2.pbm', b'P1 3 2\n102 010\n'
    yield 'pbm-short.pbm', b'P1 3 2\n101 01\n'
    yield 'pbm-comment.pbm', b'P1 3 2\n101# 010\n010\n'
    for width in (1, 7, 8, 9, 17):
        yield f'pbm-w{width}.pbm', b'P4 %d 3\n' % width + bytes([0xa5, 0x3c, 0x77]) * 3 * ((width + 7) // 8)
    for maxval in (7, 31, 127, 4095):
        big = struct.pack('>H', maxval // 3) if maxval > 255 else bytes([maxval // 3])
        yield f'ppm-max{maxval}.ppm', b'P6 3 2 %d\n' % maxval + big * 18


# ---- TIFF -----------------------------------------------------------------------------------------------------------


def big_tiff(samples, order='<'):
    """BigTIFF, one strip."""
    height, width, channels = samples.shape
    body = samples.astype(np.uint8).tobytes()
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, channels, None), (259, 3, 1, 1), (262, 3, 1, 2 if channels == 3 else 1),
               (273, 16, 1, 16), (277, 3, 1, channels), (278, 4, 1, height), (279, 16, 1, len(body))]
    directory = struct.pack(order + 'Q', len(entries))
    for tag, kind, count, value in entries:
        field = struct.pack(order + 'H', 8) * channels if value is None else struct.pack(
            order + {3: 'H', 4: 'I', 16: 'Q'}[kind], value)
        directory += struct.pack(order + 'HHQ', tag, kind, count) + field.ljust(8, b'\0')
    at = 16 + len(body)
    return (b'II' if order == '<' else b'MM') + struct.pack(order + 'HHHQ', 43, 8, 0, at) + body + directory + bytes(8)


def odd_tiffs():
    image = picture()
    rgb = image.convert('RGB')
    rng = np.random.default_rng(8)
    for compression in ('tiff_lzw', 'tiff_adobe_deflate', 'tiff_deflate', 'packbits', 'zstd', 'lzma', 'webp', 'jpeg'):
        for mode in ('RGB', 'L'):
            try:
                yield f'{mode}-{compression}.tif', saved(image.convert(mode), 'TIFF', compression=compression)
            except Exception:
                pass
    for predictor, compression in itertools.product((1, 2, 3), ('tiff_lzw', 'tiff_adobe_deflate')):
        for mode in ('RGB', 'L', 'RGBA', 'CMYK'):
            if predictor < 3:
                yield f'predictor{predictor}-{mode}-{compression}.tif', saved(
                    image.convert(mode), 'TIFF', compression=compression, tiffinfo={317: predictor})
    floats = Image.fromarray((rng.random((17, 23)) * 300 - 20).astype(np.float32))
    for predictor in (1, 2, 3):
        yield f'predictor{predictor}-F.tif', saved(floats, 'TIFF', compression='tiff_lzw', tiffinfo={317: predictor})
    wide = Image.fromarray(rng.integers(0, 600, (17, 23)).astype(np.uint16))
    for predictor in (1, 2):
        yield f'predictor{predictor}-I16.tif', saved(wide, 'TIFF', compression='tiff_lzw', tiffinfo={317: predictor})
    for order in '<>':
        yield f'big-{"le" if order == "<" else "be"}.tif', big_tiff(rng.integers(0, 256, (9, 7, 3)), order)
        yield f'big-grey-{"le" if order == "<" else "be"}.tif', big_tiff(rng.integers(0, 256, (9, 7, 1)), order)
    for bits, channels, photometric in ((2, 3, 2), (4, 3, 2), (12, 1, 1), (16, 1, 3), (32, 3, 2), (64, 1, 1), (8, 2, 1), (8, 5, 2), (8, 1, 2), (8, 3, 8),
                                        (16, 3, 8), (8, 4, 6), (8, 1, 4), (8, 1, 32803), (10, 1, 1), (24, 1, 1), (6, 1, 1)):
        if bits in (12, 10, 24, 6, 64):
            raw = bytes(rng.integers(0, 256, (bits * 21 + 7) // 8 * 10, np.uint8))
            tags = {256: (4, [21]), 257: (4, [10]), 258: (3, [bits]), 259: (3, [1]), 262: (3, [photometric]), 277: (3, [1]), 278: (3, [10])}
            data = image_tiff.tiff('<', tags, [raw], 273, 279)
        else:
            samples = rng.integers(0, 1 << min(bits, 30), (10, 21, channels))
            more = {320: (3, [int(v) for v in rng.integers(0, 65536, 3 << 16)])} if (bits, photometric) == (16, 3) else {}
            data = image_tiff.made_tiff(samples, bits, photometric, more=more)
        yield f'b{bits}c{channels}p{photometric}.tif', data
    for kind, dtype in ((3, '<f2'), (3, '<f4'), (3, '<f8'), (2, '<i1'), (2, '<i2'), (2, '<i4'), (1, '<u4'), (6, '<f4')):
        values = (rng.random((10, 21)) * 300 - 30).astype(dtype)
        bits = values.itemsize * 8
        tags = {256: (4, [21]), 257: (4, [10]), 258: (3, [bits]), 259: (3, [1]), 262: (3, [1]), 277: (3, [1]), 278: (3, [10]), 339: (3, [kind])}
        yield f'format{kind}-{bits}.tif', image_tiff.tiff('<', tags, [values.tobytes()], 273, 279)
        yield f'format{kind}-{bits}-white0.tif', image_tiff.tiff('<', {**tags, 262: (3, [0])}, [values.tobytes()], 273, 279)
    for extras, channels in (((0,), 4), ((1,), 4), ((2,), 4), ((0, 0), 5), ((2, 0), 5), ((1, 0), 5), ((9,), 4)):
        samples = rng.integers(0, 256, (10, 21, channels))
        for compress in (False, True):
            yield f'extras{"".join(map(str, extras))}-{int(compress)}.tif', image_tiff.made_tiff(
                samples, 8, 2, compress=compress, more={338: (3, list(extras))})
    grey = rng.integers(0, 256, (10, 21, 2))
    for extra in (0, 1, 2):
        yield f'grey-extra{extra}.tif', image_tiff.made_tiff(grey, 8, 1, more={338: (3, [extra])})
        yield f'white-extra{extra}.tif', image_tiff.made_tiff(grey, 8, 0, more={338: (3, [extra])})
    samples = rng.integers(0, 256, (37, 29, 3))
    for rows in (1, 2, 36, 37, 1000):
        yield f'rows{rows}.tif', image_tiff.made_tiff(samples, 8, 2, rows_per_strip=rows)
        yield f'rows{rows}-z.tif', image_tiff.made_tiff(samples, 8, 2, rows_per_strip=rows, compress=True)
    for tile in (16, 32, 64, 128):
        yield f'tile{tile}.tif', image_tiff.made_tiff(samples, 8, 2, tile=tile)
        yield f'tile{tile}-planar.tif', image_tiff.made_tiff(samples, 8, 2, tile=tile, planar=2)
    for i in range(1, 9):
        for compress, tile in ((True, None), (False, 16), (True, 16)):
            yield f'turned{i}-{int(compress)}-{tile}.tif', image_tiff.made_tiff(samples, 8, 2, compress=compress, tile=tile, more={274: (3, [i])})
    yield 'turned9.tif', image_tiff.made_tiff(samples, 8, 2, more={274: (3, [9])})
    yield 'turned0.tif', image_tiff.made_tiff(samples, 8, 2, more={274: (3, [0])})
    bits = rng.integers(0, 2, (33, 47, 1))
    one = Image.fromarray((bits[:, :, 0] * 255).astype(np.uint8)).convert('1')
    for compression in ('group3', 'group4', 'tiff_ccitt', 'packbits', 'tiff_lzw'):
        yield f'fax-{compression}.tif', saved(one, 'TIFF', compression=compression)
        for photometric in (0, 1):
            yield f'fax-{compression}-{photometric}.tif', saved(one, 'TIFF', compression=compression, tiffinfo={262: photometric})
    yield 'jpeg-422.tif', saved(rgb.convert('YCbCr'), 'TIFF', compression='jpeg', tiffinfo={530: (2, 1)})
    yield 'profile.tif', saved(rgb, 'TIFF', icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes())
    yield 'pages-sizes.tif', saved(picture(20, 30).convert('RGB'), 'TIFF', save_all=True, append_images=[image, one])
    plain = image_tiff.made_tiff(samples, 8, 2)
    yield 'trailing.tif', plain + b'junk' * 20
    yield 'cut-directory.tif', plain[:-30]
    yield 'cut-strips.tif', image_tiff.made_tiff(samples, 8, 2)[:2000]
    yield 'directory-beyond.tif', plain[:4] + struct.pack('<I', 10 ** 7) + plain[8:]
    yield 'directory-0.tif', plain[:4] + struct.pack('<I', 0) + plain[8:]
    yield 'header-only.tif', plain[:8]
    thumbnail = TiffImagePlugin.ImageFileDirectory_v2()
    thumbnail[254] = 1
    yield 'subfile.tif', saved(rgb, 'TIFF', tiffinfo=thumbnail)
    yield 'no-photometric.tif', (lambda tags: image_tiff.tiff('<', tags, [samples.astype(np.uint8).tobytes()], 273, 279))(
        {256: (4, [29]), 257: (4, [37]), 258: (3, [8, 8, 8]), 259: (3, [1]), 277: (3, [3]), 278: (3, [37])})
    yield 'no-compression-tag.tif', (lambda tags: image_tiff.tiff('<', tags, [samples.astype(np.uint8).tobytes()], 273, 279))(
        {256: (4, [29]), 257: (4, [37]), 258: (3, [8, 8, 8]), 262: (3, [2]), 277: (3, [3]), 278: (3, [37])})
    yield 'no-rows.tif', (lambda tags: image_tiff.tiff('<', tags, [samples.astype(np.uint8).tobytes()], 273, 279))(
        {256: (4, [29]), 257: (4, [37]), 258: (3, [8, 8, 8]), 259: (3, [1]), 262: (3, [2]), 277: (3, [3])})
    yield 'one-bit-count.tif', (lambda tags: image_tiff.tiff('<', tags, [samples.astype(np.uint8).tobytes()], 273, 279))(
        {256: (4, [29]), 257: (4, [37]), 258: (3, [8]), 259: (3, [1]), 262: (3, [2]), 277: (3, [3]), 278: (3, [37])})
