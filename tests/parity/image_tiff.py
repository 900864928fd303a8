"""TIFF files for the zoo: written by PIL, and built by hand with every depth, layout and byte order."""
import itertools
import struct
import zlib

import numpy as np
from image_zoo import grey16, pack_row, picture, saved
from PIL import Image, TiffImagePlugin

SHORT, LONG = 3, 4


def tiff(order, tags, blocks, offsets_tag, counts_tag):
    """tags: {tag: (type, [values])}; blocks: the strips' or tiles' bytes."""
    tags = dict(tags)
    at, body, offsets = 8, b'', []
    for block in blocks:
        offsets.append(at + len(body))
        body += block + b'\0' * (len(block) % 2)
    tags[offsets_tag], tags[counts_tag] = (LONG, offsets), (LONG, [len(b) for b in blocks])
    directory_at = at + len(body)
    extra_at = directory_at + 2 + 12 * len(tags) + 4
    entries, extra = b'', b''
    for tag in sorted(tags):
        type, values = tags[tag]
        data = b''.join(struct.pack(order + ('H' if type == SHORT else 'I'), v) for v in values)
        if len(data) > 4:
            field = struct.pack(order + 'I', extra_at + len(extra))
            extra += data + b'\0' * (len(data) % 2)
        else:
            field = data.ljust(4, b'\0')
        entries += struct.pack(order + 'HHI', tag, type, len(values)) + field
    head = (b'II' if order == '<' else b'MM') + struct.pack(order + 'HI', 42, directory_at)
    return head + body + struct.pack(order + 'H', len(tags)) + entries + struct.pack(order + 'I', 0) + extra


def tiff_rows(samples, bits, order):
    if bits < 8:
        return [pack_row([int(v) for v in row.reshape(-1)], bits) for row in samples]
    kind = {8: 'u1', 16: order + 'u2', 32: order + 'u4'}[bits]
    return [row.astype(kind).tobytes() for row in samples]


def made_tiff(samples, bits, photometric, order='<', tile=None, rows_per_strip=7, planar=1, compress=False, more=None):
    height, width, channels = samples.shape
    pack = zlib.compress if compress else bytes
    tags = {256: (LONG, [width]), 257: (LONG, [height]), 258: (SHORT, [bits] * channels), 259: (SHORT, [8 if compress else 1]),
            262: (SHORT, [photometric]), 277: (SHORT, [channels]), 284: (SHORT, [planar])}
    tags.update(more or {})
    layers = [samples[:, :, c:c + 1] for c in range(channels)] if planar == 2 else [samples]
    blocks = []
    for layer in layers:
        if tile:
            padded = np.pad(layer, ((0, -height % tile), (0, -width % tile), (0, 0)))
            for y, x in itertools.product(range(0, height, tile), range(0, width, tile)):
                blocks.append(pack(b''.join(tiff_rows(padded[y:y + tile, x:x + tile], bits, order))))
        else:
            for y in range(0, height, rows_per_strip):
                blocks.append(pack(b''.join(tiff_rows(layer[y:y + rows_per_strip], bits, order))))
    if tile:
        tags.update({322: (SHORT, [tile]), 323: (SHORT, [tile])})
        return tiff(order, tags, blocks, 324, 325)
    tags[278] = (SHORT, [rows_per_strip])
    return tiff(order, tags, blocks, 273, 279)


def tiffs():
    image = picture()
    everyones = {'raw': None, 'lzw': 'tiff_lzw', 'deflate': 'tiff_adobe_deflate', 'packbits': 'packbits'}
    for mode, (name, compression) in itertools.product(('1', 'L', 'LA', 'P', 'RGB', 'RGBA', 'CMYK', 'YCbCr'), everyones.items()):
        yield f'{mode}-{name}.tif', saved(image.convert(mode), 'TIFF', compression=compression)
    for mode in ('L', 'RGB', 'CMYK', 'YCbCr'):
        yield f'{mode}-jpeg.tif', saved(image.convert(mode), 'TIFF', compression='jpeg', quality=90)
    for compression in ('tiff_ccitt', 'group3', 'group4'):
        yield f'1-{compression}.tif', saved(image.convert('1'), 'TIFF', compression=compression)
    grey = grey16()
    for name, compression in everyones.items():
        yield f'I16-{name}.tif', saved(Image.fromarray(grey), 'TIFF', compression=compression)
        yield f'I-{name}.tif', saved(Image.fromarray(grey.astype(np.int32) - 100), 'TIFF', compression=compression)
        yield f'F-{name}.tif', saved(Image.fromarray(grey.astype(np.float32) / 2 - 40.3), 'TIFF', compression=compression)
    for i in range(1, 9):
        yield f'orientation{i}.tif', saved(image.convert('RGB'), 'TIFF', tiffinfo={274: i})
        yield f'orientation{i}-lzw.tif', saved(image.convert('RGB'), 'TIFF', tiffinfo={274: i}, compression='tiff_lzw')
    random_samples = np.random.default_rng(9)
    kinds = [(bits, photometric, 1) for bits in (1, 2, 4, 8) for photometric in (0, 1, 3)]
    kinds += [(8, 2, 3), (8, 2, 4), (8, 5, 4), (16, 1, 1), (16, 2, 3), (16, 2, 4), (16, 5, 4)]
    for (bits, photometric, channels), order, tile, compress in itertools.product(kinds, '<>', (None, 16), (False, True)):
        samples = random_samples.integers(0, 1 << bits, (37, 29, channels))
        if bits == 16 and channels == 1:
            samples = samples % 500
        more = {}
        if photometric == 3:
            more[320] = (SHORT, [int(v) for v in random_samples.integers(0, 65536, 3 << bits)])
        name = f'm{bits}-{photometric}-{channels}-{"le" if order == "<" else "be"}-{tile or "strips"}-{int(compress)}'
        for extra in ((0,), (1,), (2,)) if photometric == 2 and channels == 4 else ((),):
            if extra:
                more[338] = (SHORT, list(extra))
            yield f'{name}-x{extra}.tif', made_tiff(samples, bits, photometric, order, tile, compress=compress, more=more)
    for channels, photometric, tile, compress in itertools.product((3, 4), (2, 5), (None, 16), (False, True)):
        if (channels, photometric) == (3, 5):
            continue
        samples = random_samples.integers(0, 256, (37, 29, channels))
        more = {338: (SHORT, [2])} if photometric == 2 and channels == 4 else {}
        yield f'planar-{channels}-{photometric}-{tile or "strips"}-{int(compress)}.tif', made_tiff(
            samples, 8, photometric, tile=tile, planar=2, compress=compress, more=more)
    samples = random_samples.integers(0, 2, (10, 21, 1))
    for order in '<>':
        yield f'fill-order2-{order == "<"}.tif', made_tiff(samples, 1, 0, order, more={266: (SHORT, [2])})
    signed = random_samples.integers(0, 65536, (10, 21, 1))
    yield 'signed16.tif', made_tiff(signed, 16, 1, more={339: (SHORT, [2])})
    yield 'one-strip.tif', made_tiff(random_samples.integers(0, 256, (37, 29, 3)), 8, 2, rows_per_strip=37)
    yield 'pages.tif', saved(image.convert('RGB'), 'TIFF', save_all=True, append_images=[image.convert('L')])
    with_xmp = TiffImagePlugin.ImageFileDirectory_v2()
    with_xmp[700] = b'<x tiff:Orientation="6"/>'
    yield 'xmp.tif', saved(image.convert('RGB'), 'TIFF', tiffinfo=with_xmp)
