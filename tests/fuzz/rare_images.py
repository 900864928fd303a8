"""Writes the seeds rare-* of fuzz_png, fuzz_tiff, fuzz_webp and fuzz_jpeg: pictures of kinds that cameras and programs seldom write, and
damage that mutations seldom hit. tests/unit/image/test_seeds.c has the expected result of each.

    rare_images.py FOLDER      corpus/ beside this file, for the project
"""
import pathlib
import struct
import sys
import zlib

CORPUS = pathlib.Path(__file__).resolve().parent / 'corpus'

# ---- PNG ----


def chunk(kind, body):
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))


def png(raw, *before, width=2, height=2, bits=8, colour=2, interlaced=0, after=(), data=None):
    head = chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, bits, colour, 0, 0, interlaced))
    return b'\x89PNG\r\n\x1a\n' + head + b''.join(before) + chunk(b'IDAT', zlib.compress(raw) if data is None else data) + b''.join(
        after) + chunk(b'IEND', b'')


def frame(number):
    return chunk(b'fcTL', struct.pack('>IIIIIHHBB', number, 2, 2, 0, 0, 1, 10, 0, 0))


RGB = b'\0\1\2\3\4\5\6' * 2
TEXT = b'XML:com.adobe.xmp\0\0'
XMP = b'<x tiff:Orientation="6"/>'
PALETTE = chunk(b'PLTE', bytes(range(256)) * 3)
PNG = {
    'rgb-16': png(b'\0\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c' * 2, bits=16),
    'apple': b'\x89PNG\r\n\x1a\n' + chunk(b'CgBI', bytes(4)) + png(RGB, data=zlib.compress(RGB)[2:])[8:],
    'palette-of-257': png(b'\0\1\2' * 2, chunk(b'PLTE', bytes(3 * 257)), colour=3),
    'palette-missing': png(b'\0\1\2' * 2, colour=3),
    'moving': png(RGB, chunk(b'acTL', struct.pack('>II', 2, 0)), frame(0), after=(frame(1), chunk(b'fdAT', struct.pack('>I', 2)))),
    'moving-hidden': png(RGB, chunk(b'acTL', struct.pack('>II', 1, 0)), after=(frame(0), chunk(b'fdAT', struct.pack('>I', 1)))),
    'frame-alone': png(RGB, after=(frame(0),)),
    'frames-cut': png(RGB, chunk(b'acTL', b'\0\0')),
    'xmp-deflated': png(RGB, chunk(b'zTXt', TEXT + zlib.compress(XMP))),
    'xmp-cut': png(RGB, chunk(b'zTXt', TEXT + zlib.compress(XMP + bytes(range(256)))[:-20])),
    'xmp-damaged': png(RGB, chunk(b'zTXt', TEXT + b'\x78\x9c\xff\xff\xff\xff')),
    'xmp-nothing': png(RGB, chunk(b'zTXt', TEXT)),
    'bits-3': png(RGB, bits=3),
    'one-pixel-short': png(b'', width=1, height=1, interlaced=1),
    'column-short': png(b'\0\1\2\3' * 3, width=1, height=5, interlaced=1),
    'row-short': png(b'\0\1\2\3', width=5, height=1, interlaced=1),
    'unended': png(b'', data=zlib.compress(RGB[:7])[:-6]),
    'unended-nameless': png(b'', data=zlib.compress(RGB[:7])[:-6], after=(b'\0\0\0\0\xff\xff\xff\xff\0\0\0\0',)),
    'two-idat-short': png(b'', data=zlib.compress(RGB[:7])[:5], after=(chunk(b'IDAT', zlib.compress(RGB[:7])[5:]),)),
    'bomb-short': png(b'\0' * 301, width=100, height=600),
}

# ---- TIFF ----

BYTE, SHORT, LONG = 1, 3, 4
FORMAT = {BYTE: 'B', SHORT: 'H', LONG: 'I'}


def tiff(data=bytes(range(64)), order='<', cut=None, strips=1, width=4, height=4, bits=8, samples=1, photometric=1, compression=1, **more):
    """A picture in strips that all have the same bytes. `more`: tNUMBER=(type, values) adds or replaces a tag, None drops it."""
    tags = {256: (LONG, (width,)), 257: (LONG, (height,)), 258: (SHORT, (bits,) * samples), 259: (SHORT, (compression,)),
            262: (SHORT, (photometric,)), 273: (LONG, (8,) * strips), 277: (SHORT, (samples,)), 278: (LONG, (height // strips,)),
            279: (LONG, (len(data),) * strips)}
    tags |= {int(name[1:]): value for name, value in more.items()}
    tags = {number: value for number, value in sorted(tags.items()) if value is not None}
    start = 8 + len(data) + len(data) % 2
    beyond = start + 2 + 12 * len(tags) + 4
    entries = b''
    values = b''
    for number, (kind, content) in tags.items():
        packed = struct.pack(f'{order}{len(content)}{FORMAT[kind]}', *content)
        if len(packed) > 4:
            place = struct.pack(order + 'I', beyond + len(values))
            values += packed + bytes(len(packed) % 2)
        else:
            place = packed.ljust(4, b'\0')
        entries += struct.pack(order + 'HHI', number, kind, len(content)) + place
    head = {'<': b'II*\0', '>': b'MM\0*'}[order] + struct.pack(order + 'I', start)
    whole = head + data + bytes(len(data) % 2) + struct.pack(order + 'H', len(tags)) + entries + bytes(4) + values
    return whole if cut is None else whole[:cut]


def tiled(width=16, height=16, data=bytes(range(256)), **more):
    tags = {'t273': None, 't278': None, 't279': None, 't322': (LONG, (width,)), 't323': (LONG, (height,)), 't324': (LONG, (8,)),
            't325': (LONG, (len(data),))}
    return tiff(data, **tags | more)


MAP = (SHORT, tuple(range(0, 65536, 256)) * 3)
MAP4 = (SHORT, tuple(range(0, 65536, 4096)) * 3)
SIGNED, FLOAT, VOID = (SHORT, (2,)), (SHORT, (3,)), (SHORT, (4,))
RGB_KIND = {'samples': 3, 'photometric': 2}
TIFF = {
    'grey-2': tiff(bits=2), 'grey-4': tiff(bits=4), 'grey-white-8': tiff(photometric=0),
    'grey-signed-16': tiff(bits=16, t339=SIGNED), 'grey-signed-32': tiff(bits=32, t339=SIGNED), 'grey-float-32': tiff(bits=32, t339=FLOAT),
    'grey-signed-8': tiff(t339=SIGNED), 'grey-signed-1': tiff(bits=1, t339=SIGNED), 'grey-float-16': tiff(bits=16, t339=FLOAT),
    'grey-void-32': tiff(bits=32, t339=VOID), 'grey-64': tiff(bits=64), 'grey-two-1': tiff(bits=1, samples=2),
    'grey-nine': tiff(samples=9, t338=(SHORT, (0,) * 8)), 'grey-format-7': tiff(t339=(SHORT, (7,))), 'grey-format-0': tiff(t339=(SHORT, (0,))),
    'no-samples': tiff(t277=(SHORT, (0,))),
    'palette-8': tiff(photometric=3, t320=MAP), 'palette-4': tiff(photometric=3, bits=4, t320=MAP4),
    'palette-2': tiff(photometric=3, bits=2, t320=(SHORT, (0, 20000, 40000, 60000) * 3)),
    'palette-1': tiff(photometric=3, bits=1, t320=(SHORT, (0, 65535) * 3)),
    'palette-two-4': tiff(photometric=3, bits=4, samples=2, t320=MAP4), 'palette-16': tiff(photometric=3, bits=16, t320=(SHORT, tuple(range(65536)) * 3))[:2048],
    'palette-signed': tiff(photometric=3, t320=MAP, t339=SIGNED), 'palette-missing': tiff(photometric=3), 'palette-3': tiff(photometric=3, bits=3, t320=(SHORT, (0,) * 24)),
    'rgb-16': tiff(bytes(range(96)), bits=16, **RGB_KIND), 'rgb-big-16': tiff(bytes(range(96)), '>', bits=16, **RGB_KIND),
    'rgb-signed': tiff(bits=8, t339=SIGNED, **RGB_KIND), 'rgb-32': tiff(bytes(192), bits=32, **RGB_KIND), 'rgb-two': tiff(samples=2, photometric=2),
    'rgb-separate': tiff(bytes(16), t284=(SHORT, (2,)), t273=(LONG, (8,) * 3), t279=(LONG, (16,) * 3), **RGB_KIND),
    'rgb-four': tiff(samples=4, photometric=2), 'rgba': tiff(samples=4, photometric=2, t338=(SHORT, (2,))),
    'rgba-multiplied': tiff(samples=4, photometric=2, t338=(SHORT, (1,))),
    'cmyk-16': tiff(bytes(range(128)), bits=16, samples=4, photometric=5), 'cmyk-signed': tiff(samples=4, photometric=5, t339=SIGNED),
    'cmyk-three': tiff(samples=3, photometric=5), 'cmyk-32': tiff(bytes(256), bits=32, samples=4, photometric=5),
    'ycbcr': tiff(samples=3, photometric=6, t530=(SHORT, (1, 1))), 'ycbcr-signed': tiff(samples=3, photometric=6, t339=SIGNED),
    'ycbcr-four': tiff(samples=4, photometric=6), 'ycbcr-16': tiff(bytes(96), bits=16, samples=3, photometric=6),
    'ycbcr-separate': tiff(bytes(16), samples=3, photometric=6, t284=(SHORT, (2,)), t530=(SHORT, (2, 2)), t273=(LONG, (8,) * 3), t279=(LONG, (16,) * 3)),
    'ycbcr-odd': tiff(samples=3, photometric=6, t530=(SHORT, (3, 3))), 'ycbcr-short': tiff(bytes(4), samples=3, photometric=6, t530=(SHORT, (2, 2))),
    'ycbcr-jpeg-separate': tiff(samples=3, photometric=6, compression=7, t284=(SHORT, (2,)), t273=(LONG, (8,) * 3), t279=(LONG, (48,) * 3)),
    'lab': tiff(samples=3, photometric=8), 'thunderscan': tiff(compression=32809),
    'deflate-old': tiff(zlib.compress(bytes(range(16))), compression=32946), 'deflate-long': tiff(zlib.compress(bytes(200)), compression=8),
    'deflate-short': tiff(zlib.compress(bytes(8)), compression=8),
    'strips-few': tiff(width=1, height=60000, t278=(LONG, (1,))), 'strips-shared': tiff(bytes(1000), strips=20, height=200, width=100),
    'strips-of-0': tiff(t278=(LONG, (0,))), 'strip-away': tiff(t273=(LONG, (10**6,))),
    'strip-ends-early': tiff(t279=(LONG, (10**6,)), height=100),
    'tile': tiled(), 'tile-cut': tiled(t324=(LONG, (200,))), 'tile-short': tiled(data=bytes(100)), 'tiles-of-0': tiled(0, 16), 'tiles-of-0-rows': tiled(16, 0),
    'tile-wide': tiled(2**20, 16), 'tile-high': tiled(16, 2**20), 'tile-huge': tiled(8192, 8192), 'tile-beyond': tiled(2**31, 2**31 + 16),
    'tile-of-2-32': tiled(2**32 - 16, 2**32 - 16, bits=32),
    'wide-of-2-32': tiff(bits=32, samples=8, width=2**32 - 1, height=1, t338=(SHORT, (0,) * 7)),
}

# ---- WebP ----


def riff(*pieces, less=0):
    body = b'WEBP' + b''.join(pieces)
    return b'RIFF' + struct.pack('<I', len(body) - less) + body


def piece(name, body, pad=True):
    return name + struct.pack('<I', len(body)) + body + bytes(len(body) % 2 if pad else 0)


def number24(value):
    return struct.pack('<I', value)[:3]


LOSSLESS = (CORPUS / 'webp/lossless-a.webp').read_bytes()
EXIF = b'II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0%c\0\0\0\0\0\0\0'


def lossless():
    """The coded picture of a seed: its VP8L chunk and its size."""
    at = LOSSLESS.index(b'VP8L')
    length = struct.unpack('<I', LOSSLESS[at + 4:at + 8])[0]
    bits = struct.unpack('<I', LOSSLESS[at + 9:at + 13])[0]
    return LOSSLESS[at:at + 8 + length + length % 2], (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1


def extended(width, height, flags):
    return piece(b'VP8X', bytes((flags, 0, 0, 0)) + number24(width - 1) + number24(height - 1))


def webps():
    coded, width, height = lossless()
    where = number24(width - 1) + number24(height - 1) + bytes(4)
    return {
        'exif-twice': riff(extended(width, height, 8), coded, piece(b'EXIF', EXIF % 6), piece(b'EXIF', EXIF % 3)),
        'exif-unsaid': riff(extended(width, height, 0), coded, piece(b'EXIF', EXIF % 6)),
        'exif-missing': riff(extended(width, height, 8), coded),
        'odd-end': riff(coded, piece(b'ABCD', b'x', pad=False)),
        'frame': riff(extended(width, height, 2), piece(b'ANIM', bytes(6)), piece(b'ANMF', bytes(6) + where + coded)),
        'frame-too-wide': riff(extended(width - 1, height, 2), piece(b'ANIM', bytes(6)), piece(b'ANMF', bytes(6) + where + coded)),
        'frame-too-high': riff(extended(width, height - 1, 2), piece(b'ANIM', bytes(6)), piece(b'ANMF', bytes(6) + where + coded)),
        'frame-short': riff(extended(width, height, 2), piece(b'ANIM', bytes(6)), piece(b'ANMF', bytes(4))),
        'canvas-short': riff(piece(b'VP8X', bytes(4)), coded),
    }


# ---- JPEG ----


def jpegs():
    plain = (CORPUS / 'jpeg/grey.jpg').read_bytes()
    return {'exif-short': plain[:2] + b'\xff\xe1\0\5Exi' + plain[2:], 'exif-other': plain[:2] + b'\xff\xe1\0\x08http:/' + plain[2:],
            'skip-beyond': plain[:2] + b'\xff\xe5\xff\xff' + plain[2:30]}


def main():
    corpora = {'png': PNG, 'tiff': TIFF, 'webp': webps(), 'jpeg': jpegs()}
    for target, seeds in corpora.items():
        for name, content in seeds.items():
            (pathlib.Path(sys.argv[1]) / target / f'rare-{name}').write_bytes(content)


main()
