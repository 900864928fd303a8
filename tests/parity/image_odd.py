"""Unusual files, as (name, bytes): what cameras, scanners, phones and old programs write, and
what is left of files after accidents. image_zoo.py has the regular kinds, image_odd_plain.py
those of formats with plain samples."""
import itertools
import random
import struct
import subprocess
import tempfile
import zlib

import numpy as np
from PIL import Image, ImageCms

import image_zoo as zoo
from image_odd_plain import odd_bmps, odd_pnms, odd_tiffs
from image_zoo import chunk, exif, exif_block, picture, png, saved

# ---- JPEG -----------------------------------------------------------------------------------------------------------


def segments(jpeg):
    """[(marker, bytes with marker and length)] up to the scan, and the rest from the first SOS on."""
    at, found = 2, []
    while jpeg[at + 1] != 0xda:
        length = 2 + struct.unpack('>H', jpeg[at + 2:at + 4])[0]
        found.append((jpeg[at + 1], jpeg[at:at + length]))
        at += length
    return found, jpeg[at:]


def rebuilt(parts, rest):
    return b'\xff\xd8' + b''.join(parts) + rest


def segment(marker, data):
    return bytes([0xff, marker]) + struct.pack('>H', len(data) + 2) + data


def adobe(transform):
    return segment(0xee, b'Adobe' + struct.pack('>HHHB', 100, 0, 0, transform))


def with_components(data, ids):
    """The components' names in the frame and the scans changed."""
    parts, rest = segments(data)
    out = []
    for marker, body in parts:
        if 0xc0 <= marker <= 0xcf and marker not in (0xc4, 0xc8, 0xcc):
            body = bytearray(body)
            for i, name in enumerate(ids):
                body[10 + 3 * i] = name
        out.append(bytes(body))
    rest = bytearray(rest)
    for i, name in enumerate(ids):
        rest[5 + 2 * i] = name
    return rebuilt(out, bytes(rest))


def odd_jpegs(maker):
    rgb = picture().convert('RGB')
    plain = saved(rgb, 'JPEG', quality=80)
    parts, rest = segments(plain)
    bodies = [body for _, body in parts]
    yield 'fill-everywhere.jpg', rebuilt([b'\xff' * 3 + body for body in bodies], b'\xff\xff' + rest)
    yield 'comments.jpg', rebuilt([segment(0xfe, b'hello'), segment(0xfe, b'')] + bodies + [segment(0xfe, b'x' * 60000)], rest)
    yield 'apps.jpg', rebuilt([bodies[0]] + [segment(0xe0 + i, bytes(100 * i)) for i in range(1, 16)] + bodies[1:], rest)
    yield 'no-jfif.jpg', rebuilt([body for marker, body in parts if marker != 0xe0], rest)
    yield 'jfxx.jpg', rebuilt([bodies[0], segment(0xe0, b'JFXX\0\x13' + bytes(30))] + bodies[1:], rest)
    for transform in (0, 1, 2):
        bare = [body for marker, body in parts if marker != 0xe0]
        yield f'adobe{transform}-3.jpg', rebuilt([adobe(transform)] + bare, rest)
        yield f'adobe{transform}-jfif.jpg', rebuilt([bodies[0], adobe(transform)] + bodies[1:], rest)
        cmyk = saved(picture().convert('CMYK'), 'JPEG')
        four, four_rest = segments(cmyk)
        yield f'adobe{transform}-4.jpg', rebuilt([adobe(transform)] + [b for m, b in four if m not in (0xee, 0xe0)], four_rest)
    yield 'adobe-short.jpg', rebuilt([segment(0xee, b'Adobe\0')] + bodies, rest)
    for name, ids in (('rgb', b'RGB'), ('abc', b'\x0a\x0b\x0c'), ('0', b'\0\1\2'), ('ycc', b'YCc')):
        bare = rebuilt([body for marker, body in parts if marker != 0xe0], rest)
        yield f'ids-{name}.jpg', with_components(plain, ids)
        yield f'ids-{name}-bare.jpg', with_components(bare, ids)
    for size in ((1, 1), (1, 40), (40, 1), (7, 7), (8, 8), (9, 17), (16, 16), (65, 3), (3000, 2)):
        for sampling in (0, 2):
            yield f'{size[0]}x{size[1]}-{sampling}.jpg', saved(picture(*size).convert('RGB'), 'JPEG', subsampling=sampling)
    yield 'quality1.jpg', saved(rgb, 'JPEG', quality=1)
    yield 'quality100.jpg', saved(rgb, 'JPEG', quality=100, subsampling=0)
    yield 'optimized.jpg', saved(rgb, 'JPEG', optimize=True)
    yield 'tables-16bit.jpg', saved(rgb, 'JPEG', qtables=[[300 + i for i in range(64)]] * 2)
    yield 'progressive-q5.jpg', saved(rgb, 'JPEG', quality=5, progressive=True)
    progressive = saved(rgb, 'JPEG', progressive=True)
    scans = [i for i in range(len(progressive) - 1) if progressive[i:i + 2] == b'\xff\xda']
    for n in (1, 2, 4):
        yield f'progressive-{n}-scans.jpg', progressive[:scans[n]] + b'\xff\xd9'
    yield 'grey-progressive.jpg', saved(rgb.convert('L'), 'JPEG', progressive=True)
    yield 'profile.jpg', saved(rgb, 'JPEG', icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes())
    yield 'profile-big.jpg', saved(rgb, 'JPEG', icc_profile=bytes(200000))
    yield 'two.jpg', plain + saved(rgb.rotate(20), 'JPEG')
    yield 'no-end.jpg', plain[:-2]
    yield 'half-end.jpg', plain[:-1]
    yield 'zeros-after.jpg', plain + bytes(5000)
    yield 'before.jpg', b'\0' + plain
    yield 'newline-before.jpg', b'\r\n' + plain
    yield 'spare-before-end.jpg', plain[:-2] + bytes(7) + plain[-2:]
    yield 'header-only.jpg', plain[:200]
    yield 'soi-only.jpg', b'\xff\xd8\xff\xe0'
    yield 'soi-eoi.jpg', b'\xff\xd8\xff\xd9'
    # frames that libjpeg does not decode
    for name, marker in (('lossless', 0xc3), ('hierarchical', 0xc5), ('arithmetic-lossless', 0xcb)):
        yield f'{name}.jpg', rebuilt([bytes([0xff, marker]) + b[2:] if m == 0xc0 else b for m, b in parts], rest)
    for precision in (2, 12, 16):
        yield f'precision{precision}.jpg', rebuilt(
            [b[:4] + bytes([precision]) + b[5:] if m == 0xc0 else b for m, b in parts], rest)
    yield 'extended.jpg', rebuilt([b'\xff\xc1' + b[2:] if m == 0xc0 else b for m, b in parts], rest)
    yield 'height0.jpg', rebuilt([b[:5] + b'\0\0' + b[7:] if m == 0xc0 else b for m, b in parts], rest)
    yield 'width0.jpg', rebuilt([b[:7] + b'\0\0' + b[9:] if m == 0xc0 else b for m, b in parts], rest)
    yield 'taller.jpg', rebuilt([b[:5] + struct.pack('>H', 400) + b[7:] if m == 0xc0 else b for m, b in parts], rest)
    yield 'shorter.jpg', rebuilt([b[:5] + struct.pack('>H', 20) + b[7:] if m == 0xc0 else b for m, b in parts], rest)
    yield 'two-components.jpg', rebuilt([b'\xff\xc0' + struct.pack('>HBHHB', 14, 8, 8, 8, 2) + b'\1\x11\0\2\x11\0'
                                         if m == 0xc0 else b for m, b in parts], rest)
    yield 'no-tables.jpg', rebuilt([b for m, b in parts if m != 0xc4], rest)
    yield 'no-quantiser.jpg', rebuilt([b for m, b in parts if m != 0xdb], rest)
    yield from jpegs_with_exif(plain)
    if not maker:
        return
    with tempfile.NamedTemporaryFile(suffix='.jpg') as out:
        for kind, size in itertools.product(('4', '3', '1r', '2p', 'a3r', 'k4', 'y1p', 'gr', 'b4r'), ((16, 16), (17, 33), (1, 1), (250, 3))):
            subprocess.run([maker, kind, str(size[0]), str(size[1]), out.name], check=True)
            yield f'made-{kind}-{size[0]}x{size[1]}.jpg', open(out.name, 'rb').read()
        subprocess.run([maker, 'r', '77', '50', out.name], check=True)
        data = bytearray(open(out.name, 'rb').read())
        marks = [i for i in range(len(data) - 1) if data[i] == 0xff and 0xd0 <= data[i + 1] <= 0xd7]
        data[marks[1] + 1] = 0xd0 + (data[marks[1] + 1] + 3) % 8
        yield 'restart-wrong.jpg', bytes(data)


def jpegs_with_exif(plain):
    def app1(*blocks):
        return plain[:2] + b''.join(segment(0xe1, b) for b in blocks) + plain[2:]
    xmp = b'http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation="8"/>'
    six, three = exif_block(value=6), exif_block(value=3)
    yield 'exif-xmp-first.jpg', app1(xmp, six)
    yield 'exif-xmp-after.jpg', app1(six, xmp)
    yield 'exif-xmp-only.jpg', app1(xmp)
    yield 'exif-twice.jpg', app1(six, three)
    yield 'exif-after-jfif.jpg', plain[:20] + segment(0xe1, six) + plain[20:]
    yield 'exif-late.jpg', (lambda parts, rest: rebuilt([b for _, b in parts] + [segment(0xe1, six)], rest))(*segments(plain))
    yield 'exif-empty.jpg', app1(b'Exif\0\0')
    yield 'exif-none.jpg', app1(b'')
    yield 'exif-order.jpg', app1(b'Exif\0\0XX*\0\x08\0\0\0' + six[14:])
    yield 'exif-magic.jpg', app1(six.replace(b'II*\0', b'II+\0'))
    yield 'exif-offset.jpg', app1(six[:10] + b'\xff\xff\xff\x7f' + six[14:])
    yield 'exif-count.jpg', app1(six[:14] + b'\xff\xff' + six[16:])
    yield 'exif-short.jpg', app1(six[:20])
    yield 'exif-loop.jpg', app1(six[:-4] + b'\x08\0\0\0')
    yield 'exif-padded.jpg', app1(six + bytes(3000))
    yield 'exif-no-zeros.jpg', app1(b'Exif' + six[6:])
    yield 'exif-one-zero.jpg', app1(b'Exif\0\xff' + six[6:])
    block = Image.Exif()
    block[0x0112] = 5
    block[0x010f] = 'A maker of cameras'
    block[0x8769] = {0x9003: '2020:01:02 03:04:05', 0x927c: bytes(range(256)) * 20}
    yield 'exif-full.jpg', saved(picture().convert('RGB'), 'JPEG', exif=block)
    # the thumbnail's own orientation, in the second directory
    first = struct.pack('<H', 1) + struct.pack('<HHI4s', 0x0112, 3, 1, b'\7\0\0\0')
    second = struct.pack('<H', 1) + struct.pack('<HHI4s', 0x0112, 3, 1, b'\3\0\0\0') + bytes(4)
    yield 'exif-thumbnail.jpg', app1(b'Exif\0\0II*\0\x08\0\0\0' + first + struct.pack('<I', 8 + 18) + second)
    only = struct.pack('<H', 0)
    yield 'exif-thumbnail-only.jpg', app1(b'Exif\0\0II*\0\x08\0\0\0' + only + struct.pack('<I', 8 + 6) + second)
    double = struct.pack('<H', 2) + struct.pack('<HHI4s', 0x0112, 3, 1, b'\3\0\0\0') * 2
    yield 'exif-tag-twice.jpg', app1(b'Exif\0\0II*\0\x08\0\0\0' + double + bytes(4))
    for i, sampling in itertools.product(range(2, 9), (0, 2)):
        yield f'exif-odd{i}-{sampling}.jpg', saved(picture(37, 23).convert('RGB'), 'JPEG', exif=exif(i), subsampling=sampling)


# ---- PNG ------------------------------------------------------------------------------------------------------------


def chunks_of(data):
    at, found = 8, []
    while at + 12 <= len(data):
        n = struct.unpack('>I', data[at:at + 4])[0]
        found.append((data[at + 4:at + 8], data[at + 8:at + 8 + n]))
        at += 12 + n
    return found


def png_of(chunks):
    return b'\x89PNG\r\n\x1a\n' + b''.join(chunk(kind, data) for kind, data in chunks)


def odd_pngs():
    rng = np.random.default_rng(21)
    rgb = np.asarray(picture().convert('RGB'))
    plain = png(rgb, 8, 2)
    parts = chunks_of(plain)
    for colour, depth in ((0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16)):
        channels = 3 if colour == 2 else 1
        samples = rng.integers(0, min(1 << depth, 400), (9, 13, channels))
        for value in (0, 1):
            trns = struct.pack('>' + 'H' * channels, *[value] * channels)
            yield f'trns-c{colour}d{depth}-{value}.png', png(samples, depth, colour, extra=[chunk(b'tRNS', trns)])
            yield f'trns-c{colour}d{depth}-{value}-i.png', png(samples, depth, colour, 1, extra=[chunk(b'tRNS', trns)])
    palette = bytes(rng.integers(0, 256, 48, np.uint8))
    for depth, interlace in itertools.product((1, 2, 4, 8), (0, 1)):
        samples = rng.integers(0, min(1 << depth, 16), (9, 13, 1))
        entries = palette[:3 << min(depth, 4)]
        for alpha in (b'\0', b'\x80\0', bytes(len(entries) // 3)):
            yield f'palette-d{depth}i{interlace}a{len(alpha)}.png', png(
                samples, depth, 3, interlace, extra=[chunk(b'PLTE', entries), chunk(b'tRNS', alpha)])
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()
    ancillary = {
        b'iCCP': b'sRGB\0\0' + zlib.compress(profile), b'sRGB': b'\0', b'gAMA': struct.pack('>I', 45455),
        b'cHRM': struct.pack('>8I', *[31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000]), b'sBIT': b'\5\6\5',
        b'bKGD': bytes(6), b'pHYs': struct.pack('>IIB', 2835, 2835, 1), b'tIME': bytes([7, 0xe0, 1, 1, 1, 1, 1]),
        b'tEXt': b'Comment\0hello', b'zTXt': b'Comment\0\0' + zlib.compress(b'hello'), b'iTXt': b'Comment\0\0\0\0\0hello',
        b'sPLT': b'x\0\x08' + bytes(10), b'prVt': b'private', b'hIST': b''}
    for kind, data in ancillary.items():
        yield f'with-{kind.decode()}.png', png_of(parts[:1] + [(kind, data)] + parts[1:])
    yield 'iccp-broken.png', png_of(parts[:1] + [(b'iCCP', b'x\0\0' + b'no zlib')] + parts[1:])
    yield 'ztxt-broken.png', png_of(parts[:1] + [(b'zTXt', b'x\0\0' + b'no zlib')] + parts[1:])
    yield 'text-after.png', png_of(parts[:-1] + [(b'tEXt', b'a\0b')] + parts[-1:])
    yield 'plte-in-rgb.png', png_of(parts[:1] + [(b'PLTE', palette)] + parts[1:])
    yield 'unknown-critical.png', png_of(parts[:1] + [(b'ABCD', b'x')] + parts[1:])
    yield 'empty-idat.png', png_of(parts[:1] + [(b'IDAT', b'')] + parts[1:])
    yield 'empty-idats.png', png_of(parts[:-1] + [(b'IDAT', b'')] * 3 + parts[-1:])
    yield 'idat-of-1.png', png(rgb, 8, 2, cut=1)
    yield 'trailing.png', plain + b'trailing garbage' * 100
    yield 'trailing-png.png', plain + plain
    yield 'no-iend.png', png_of(parts[:-1])
    yield 'no-idat.png', png_of([parts[0], parts[-1]])
    yield 'idat-in-two.png', png_of(parts[:1] + [(b'IDAT', parts[1][1][:50]), (b'tEXt', b'a\0b'), (b'IDAT', parts[1][1][50:])] + parts[-1:])
    yield 'more-than-needed.png', png_of(parts[:1] + [(b'IDAT', zlib.compress(zlib.decompress(parts[1][1]) + bytes(999)))] + parts[-1:])
    yield 'less-than-needed.png', png_of(parts[:1] + [(b'IDAT', zlib.compress(zlib.decompress(parts[1][1])[:2000]))] + parts[-1:])
    yield 'junk-in-idat.png', png_of(parts[:1] + [(b'IDAT', parts[1][1] + b'junk behind')] + parts[-1:])
    yield 'adler-wrong.png', png_of(parts[:1] + [(b'IDAT', parts[1][1][:-4] + b'\0\0\0\0')] + parts[-1:])
    yield 'adler-missing.png', png_of(parts[:1] + [(b'IDAT', parts[1][1][:-4])] + parts[-1:])
    raw = zlib.decompress(parts[1][1])
    for level in (0, 1, 9):
        yield f'level{level}.png', png_of(parts[:1] + [(b'IDAT', zlib.compress(raw, level))] + parts[-1:])
    small = zlib.compressobj(9, zlib.DEFLATED, 9)
    yield 'window-512.png', png_of(parts[:1] + [(b'IDAT', small.compress(raw) + small.flush())] + parts[-1:])
    crc = bytearray(png_of(parts[:1] + [(b'tEXt', b'a\0b')] + parts[1:]))
    crc[8 + 25 + 12 + 2] ^= 1
    yield 'crc-text.png', bytes(crc)
    crc = bytearray(plain)
    crc[30] ^= 1
    yield 'crc-header.png', bytes(crc)
    crc = bytearray(plain)
    crc[-1] ^= 1
    yield 'crc-end.png', bytes(crc)
    yield 'filter5.png', png_of(parts[:1] + [(b'IDAT', zlib.compress(b'\5' + raw[1:]))] + parts[-1:])
    for name, header in (('depth3', (61, 43, 3, 2, 0, 0, 0)), ('colour5', (61, 43, 8, 5, 0, 0, 0)), ('method', (61, 43, 8, 2, 1, 0, 0)),
                         ('interlace2', (61, 43, 8, 2, 0, 0, 2)), ('width0', (0, 43, 8, 2, 0, 0, 0)),
                         ('huge', (2 ** 31 - 1, 2 ** 31 - 1, 8, 2, 0, 0, 0)), ('rgb1', (61, 43, 1, 2, 0, 0, 0))):
        yield f'header-{name}.png', png_of([(b'IHDR', struct.pack('>IIBBBBB', *header))] + parts[1:])
    yield 'no-palette.png', png(rng.integers(0, 16, (9, 13, 1)), 8, 3)
    yield 'palette-beyond.png', png(rng.integers(0, 256, (9, 13, 1)), 8, 3, extra=[chunk(b'PLTE', palette[:9])])
    yield 'palette-of-300.png', png(rng.integers(0, 256, (9, 13, 1)), 8, 3, extra=[chunk(b'PLTE', bytes(900))])
    yield 'palette-uneven.png', png(rng.integers(0, 2, (9, 13, 1)), 8, 3, extra=[chunk(b'PLTE', palette[:10])])
    yield 'palette-too-long.png', png(rng.integers(0, 2, (9, 13, 1)), 1, 3, extra=[chunk(b'PLTE', palette)])
    yield 'grey16-full.png', png(rng.integers(0, 65536, (9, 13, 1)), 16, 0)
    yield 'grey16-low.png', png(rng.integers(0, 256, (9, 13, 1)), 16, 0)
    yield 'ga16.png', png(rng.integers(0, 65536, (9, 13, 2)), 16, 4)
    yield 'exif-prefixed.png', png_of(parts[:1] + [(b'eXIf', exif(6))] + parts[1:])
    yield 'exif-broken.png', png_of(parts[:1] + [(b'eXIf', exif(6)[6:20])] + parts[1:])
    yield 'exif-empty.png', png_of(parts[:1] + [(b'eXIf', b'')] + parts[1:])
    for mode in ('1', 'P', 'LA', 'RGBA'):
        for i in (3, 6, 7):
            yield f'exif{i}-{mode}.png', saved(picture(31, 17).convert(mode), 'PNG', exif=exif(i))
    image = picture().convert('RGB')
    moved = [image.rotate(30), image.rotate(60)]
    yield 'apng.png', saved(image, 'PNG', save_all=True, append_images=moved, duration=50)
    yield 'apng-default.png', saved(image, 'PNG', save_all=True, append_images=moved, default_image=True)
    yield 'apng-alpha.png', saved(picture(), 'PNG', save_all=True, append_images=[picture().rotate(30)], blend=1, disposal=2)
    yield 'apng-palette.png', saved(image.convert('P'), 'PNG', save_all=True, append_images=[image.rotate(9).convert('P')])
    yield 'cgbi.png', png_of([(b'CgBI', b'\x50\0\x20\2')] + parts)


# ---- WebP -----------------------------------------------------------------------------------------------------------


def riff(chunks):
    body = b''.join(kind + struct.pack('<I', len(data)) + data + b'\0' * (len(data) % 2) for kind, data in chunks)
    return b'RIFF' + struct.pack('<I', len(body) + 4) + b'WEBP' + body


def riff_chunks(data):
    at, found = 12, []
    while at + 8 <= len(data):
        n = struct.unpack('<I', data[at + 4:at + 8])[0]
        found.append((data[at:at + 4], data[at + 8:at + 8 + n]))
        at += 8 + n + n % 2
    return found


def odd_webps():
    image = picture()
    rgb = image.convert('RGB')
    for size in ((1, 1), (2, 1), (15, 17), (16, 16), (333, 5)):
        for lossless in (False, True):
            yield f'{size[0]}x{size[1]}-{int(lossless)}.webp', saved(picture(*size).convert('RGB'), 'WEBP', lossless=lossless)
            yield f'{size[0]}x{size[1]}-{int(lossless)}a.webp', saved(picture(*size), 'WEBP', lossless=lossless)
    for method in (0, 3, 6):
        yield f'method{method}.webp', saved(rgb, 'WEBP', method=method)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()
    yield 'profile.webp', saved(rgb, 'WEBP', icc_profile=profile)
    yield 'profile-exif.webp', saved(rgb, 'WEBP', icc_profile=profile, exif=exif(6), xmp=b'<x tiff:Orientation="8"/>')
    yield 'xmp.webp', saved(rgb, 'WEBP', xmp=b'<x tiff:Orientation="8"/>')
    yield 'P.webp', saved(image.convert('P'), 'WEBP')
    yield 'few-colours.webp', saved(rgb.quantize(5).convert('RGB'), 'WEBP', lossless=True)
    plain = saved(rgb, 'WEBP')
    parts = riff_chunks(plain)
    yield 'trailing.webp', plain + b'junk' * 50
    yield 'unknown-chunk.webp', riff(parts + [(b'JUNK', b'hello')])
    yield 'unknown-first.webp', riff([(b'JUNK', b'hello')] + parts)
    yield 'exif-without-vp8x.webp', riff(parts + [(b'EXIF', exif(6)[6:])])
    yield 'size-large.webp', plain[:4] + struct.pack('<I', len(plain) + 100) + plain[8:]
    yield 'size-small.webp', plain[:4] + struct.pack('<I', len(plain) - 100) + plain[8:]
    yield 'size-odd.webp', plain[:4] + struct.pack('<I', len(plain) - 7) + plain[8:] + b'\0'
    extended = riff_chunks(saved(rgb, 'WEBP', exif=exif(6)))
    yield 'exif-no-flag.webp', riff([(b'VP8X', b'\0' + extended[0][1][1:])] + extended[1:])
    yield 'exif-first.webp', riff([extended[0], extended[-1]] + extended[1:-1])
    yield 'canvas-other.webp', riff([(b'VP8X', extended[0][1][:4] + bytes([99, 0, 0, 99, 0, 0]))] + extended[1:])
    moving = saved(image, 'WEBP', save_all=True, append_images=[image.rotate(30), image.rotate(60)], exif=exif(6))
    yield 'moving-exif.webp', moving
    yield 'moving-loop.webp', saved(rgb, 'WEBP', save_all=True, append_images=[rgb.rotate(9)], loop=0, background=(9, 99, 200, 255))
    yield 'moving-one.webp', saved(rgb, 'WEBP', save_all=True)


# ---- GIF ------------------------------------------------------------------------------------------------------------


def odd_gifs():
    rgb = picture().convert('RGB')
    small = zoo.gif(12, 9)
    yield 'gif87a.gif', b'GIF87a' + small[6:]
    yield 'no-end.gif', small[:-1]
    yield 'end-twice.gif', small + b';;'
    yield 'trailing.gif', small + b'junk' * 30
    yield 'screen0.gif', small[:6] + b'\0\0\0\0' + small[10:]
    yield 'aspect.gif', small[:12] + b'\x31' + small[13:]
    for bits, transparent in itertools.product((1, 2, 4, 8), (0, 1)):
        yield f't{bits}-{transparent}.gif', zoo.gif(13, 7, bits=bits, transparent=transparent)
        yield f't{bits}-{transparent}-local.gif', zoo.gif(13, 7, bits=bits, transparent=transparent, local_palette=True)
    yield 'two-controls.gif', zoo.gif(12, 9, extra=b'!\xf9\x04\x01\x05\0\x02\0', transparent=3)
    yield 'control-disposal2.gif', zoo.gif(12, 9, screen=(20, 20), extra=b'!\xf9\x04\x08\x05\0\x02\0')
    yield 'plain-text.gif', zoo.gif(12, 9, extra=b'!\x01\x0c' + bytes(12) + b'\5hello\0')
    yield 'background-beyond.gif', zoo.gif(12, 9, screen=(20, 20), bits=2, background=200)
    yield 'transparent-beyond.gif', zoo.gif(12, 9, screen=(20, 20), bits=2, transparent=200)
    yield 'xmp.gif', zoo.gif(12, 9, extra=b'!\xff\x0bXMP DataXMP\x05hello\0')
    frames = [rgb.rotate(20 * i).quantize(16 * i or 8) for i in range(4)]
    yield 'moving-disposal.gif', saved(frames[0], 'GIF', save_all=True, append_images=frames[1:], disposal=2, loop=0)
    yield 'moving-transparent.gif', saved(frames[0], 'GIF', save_all=True, append_images=frames[1:], transparency=0)
    yield 'grey.gif', saved(rgb.convert('L').quantize(4), 'GIF')
    yield 'wide.gif', saved(picture(1000, 2).convert('P'), 'GIF')
    yield '1x1.gif', saved(picture(1, 1).convert('RGB'), 'GIF')
    table = zoo.gif(300, 200, bits=8)
    yield 'full-table.gif', table
    rng = np.random.default_rng(4)
    yield 'noise.gif', saved(Image.fromarray(rng.integers(0, 256, (120, 150), np.uint8), 'L'), 'GIF')
    yield 'first-empty.gif', small[:13 + 48] + b',' + struct.pack('<HHHHB', 0, 0, 0, 0, 0) + b'\4\0' + small[13 + 48:]


# Files that PIL reads although its decoder complains.
DAMAGED = {'odd-' + name for name in (
    'taller.jpg', 'shorter.jpg', 'restart-wrong.jpg', 'unknown-critical.png', 'no-iend.png', 'no-palette.png', 'cgbi.png')}


def strangers():
    """(name, bytes, a word of the message): files that are not pictures, or pictures of other formats."""
    rgb = picture().convert('RGB')
    yield 'video.mp4', b'\0\0\0\x18ftypisom\0\0\0\0isom', 'video'
    yield 'photo.jp2', saved(rgb, 'JPEG2000'), 'JPEG 2000'
    yield 'icon.ico', saved(rgb, 'ICO'), 'icon'
    yield 'picture.pcx', saved(rgb, 'PCX'), 'PCX'
    yield 'picture.sgi', saved(rgb, 'SGI'), 'SGI'
    yield 'picture.xbm', saved(rgb.convert('1'), 'XBM'), 'XBM'
    yield 'picture.dds', saved(rgb, 'DDS'), 'DDS'
    yield 'picture.eps', saved(rgb, 'EPS'), 'PostScript'
    yield 'picture.pdf', saved(rgb, 'PDF'), 'PDF'
    yield 'drawing.svg', b'<svg xmlns="http://www.w3.org/2000/svg"/>', 'SVG'
    yield 'page.jpg', b'<!DOCTYPE html><html></html>', 'web page'
    yield 'photo.psd', b'8BPS\0\1' + bytes(20), 'Photoshop'
    yield 'picture.pam', b'P7\nWIDTH 2\nHEIGHT 2\n', 'PAM'
    yield 'picture.pfm', b'Pf\n2 2\n-1.0\n' + bytes(16), 'PFM'
    yield 'pointer.jpg', b'version https://git-lfs.github.com/spec/v1\noid sha256:0\n', 'git-lfs'
    yield '._photo.jpg', b'\0\5\x16\7\0\2\0\0Mac OS X        ', 'AppleDouble'
    yield 'archive.zip', b'PK\3\4' + bytes(30), 'zip'
    yield 'zeros.jpg', bytes(4096), 'zero bytes'
    yield 'text.jpg', b'hello, world', 'begins with'
    yield 'one-byte.jpg', b'\xff', 'begins with'
    yield 'picture.tga', saved(rgb, 'TGA'), 'begins with'
    yield 'raw.bin', bytes(random.Random(5).randrange(256) for _ in range(999)), 'begins with'


def odd(maker=None):
    """All files; their names differ from those of the zoo."""
    for files in (odd_jpegs(maker), odd_pngs(), odd_webps(), odd_gifs(), odd_bmps(), odd_pnms(), odd_tiffs()):
        for name, data in files:
            yield 'odd-' + name, data
