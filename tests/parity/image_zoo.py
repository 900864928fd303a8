"""Image files of every known kind, as (name, bytes): written by PIL, or built by hand if PIL cannot write them."""
import io
import itertools
import random
import struct
import subprocess
import tempfile
import warnings
import zlib

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 61, 43


def picture(width=WIDTH, height=HEIGHT):
    """RGBA with gradients, edges, noise and every alpha value."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(5).integers(0, 40, (height, width, 4))
    planes = [x * 255 // max(1, width - 1), y * 255 // max(1, height - 1), (x * 7 ^ y * 5) & 255, (x * 11 + y * 3) & 255]
    rgba = np.stack(planes, 2) * 215 // 255 + noise
    return Image.fromarray(rgba.astype(np.uint8), 'RGBA')


def grey16(width=WIDTH, height=HEIGHT):
    y, x = np.mgrid[0:height, 0:width]
    return ((x * 13 + y * 29) * 17 % 700).astype(np.uint16)


def saved(image, kind, **options):
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation, **more):
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def exif_block(order='<', type=3, count=1, value=6, tags_before=0, prefix=b'Exif\0\0'):
    """A hand-made EXIF block with types and counts that PIL does not write."""
    mark = b'II' if order == '<' else b'MM'
    sizes = {1: 1, 3: 2, 4: 4, 5: 8, 6: 1, 8: 2, 9: 4, 11: 4, 12: 8}
    codes = {1: 'B', 3: 'H', 4: 'I', 6: 'b', 8: 'h', 9: 'i', 11: 'f', 12: 'd'}
    entries = b''.join(struct.pack(order + 'HHI4s', 0x100 + i, 3, 1, b'\1\0\0\0') for i in range(tags_before))
    data = struct.pack(order + codes[type], value) * count
    at = 8 + 2 + 12 * (tags_before + 1) + 4
    field = data.ljust(4, b'\0') if len(data) <= 4 else struct.pack(order + 'I', at)
    entries += struct.pack(order + 'HHI', 0x0112, type, count) + field
    body = mark + struct.pack(order + 'HI', 42, 8) + struct.pack(order + 'H', tags_before + 1) + entries
    return prefix + body + struct.pack(order + 'I', 0) + (data if len(data) > 4 else b'')


# ---- JPEG -----------------------------------------------------------------------------------------------------------


def with_app1(jpeg, block):
    return jpeg[:2] + b'\xff\xe1' + struct.pack('>H', len(block) + 2) + block + jpeg[2:]


def jpegs(maker):
    rgb = picture().convert('RGB')
    for quality, sampling in itertools.product((30, 75, 95), (0, 1, 2)):
        yield f'q{quality}s{sampling}.jpg', saved(rgb, 'JPEG', quality=quality, subsampling=sampling)
    yield 'progressive.jpg', saved(rgb, 'JPEG', progressive=True)
    yield 'grey.jpg', saved(rgb.convert('L'), 'JPEG')
    yield 'cmyk.jpg', saved(rgb.convert('CMYK'), 'JPEG')
    for size in ((1, 1), (8, 8), (9, 17), (16, 16), (300, 2), (3, 301)):
        yield f'{size[0]}x{size[1]}.jpg', saved(picture(*size).convert('RGB'), 'JPEG')
    plain = saved(rgb, 'JPEG')
    for i in range(1, 9):
        yield f'exif{i}.jpg', saved(rgb, 'JPEG', exif=exif(i))
    for order, type, count, before in itertools.product('<>', (1, 3, 4, 6, 8, 9), (1, 2, 3), (0, 2)):
        block = exif_block(order, type, count, 6, before)
        yield f'exif-{"le" if order == "<" else "be"}-t{type}-n{count}-{before}.jpg', with_app1(plain, block)
    for value in (0, 9, 65535):
        yield f'exif-value{value}.jpg', with_app1(plain, exif_block(value=value))
    yield 'junk-tail.jpg', plain + b'junk after the end' * 9
    yield 'fill-bytes.jpg', plain[:2] + b'\xff\xff\xff' + plain[2:]
    if not maker:
        return
    with tempfile.NamedTemporaryFile(suffix='.jpg') as out:
        for kind in ('a', 'ap', 'ag', 'a4', 'apr', 'p4', 'r', 'r4', '1', '2', '3', '4', 'g', 'gp', 'k', 'kn', 'kp', 'ka', 'y', 'y4',
                     'yn', 'yp', 'b', 'bn', 'bp'):
            subprocess.run([maker, kind, '77', '50', out.name], check=True)
            yield f'made-{kind}.jpg', open(out.name, 'rb').read()


# ---- PNG ------------------------------------------------------------------------------------------------------------

ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def pack_row(values, depth):
    """Samples of 1 to 16 bits, packed from the high bit down."""
    if depth == 16:
        return b''.join(struct.pack('>H', v) for v in values)
    bits = ''.join(format(v, f'0{depth}b') for v in values)
    bits += '0' * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def png_pixels(samples, depth, interlace, filter_kind=0):
    """samples: [h][w][c]. Only filters 0 (none) and 1 (sub) by hand; PIL's own files have the others."""
    height, width, channels = samples.shape
    step = max(1, channels * depth // 8)
    out = b''
    for x0, y0, dx, dy in ADAM7 if interlace else [(0, 0, 1, 1)]:
        part = samples[y0::dy, x0::dx]
        if part.size == 0:
            continue
        for row in part:
            line = pack_row([int(v) for v in row.reshape(-1)], depth)
            if filter_kind:
                line = bytes((v - (line[i - step] if i >= step else 0)) & 255 for i, v in enumerate(line))
            out += bytes([filter_kind]) + line
    return out


def png(samples, depth, colour, interlace=0, extra=(), after=(), filter_kind=0, cut=None):
    height, width, _ = samples.shape
    data = zlib.compress(png_pixels(samples, depth, interlace, filter_kind))
    header = struct.pack('>IIBBBBB', width, height, depth, colour, 0, 0, interlace)
    pieces = [data[i:i + cut] for i in range(0, len(data), cut)] if cut else [data]
    chunks = [chunk(b'IHDR', header), *extra] + [chunk(b'IDAT', p) for p in pieces] + [*after, chunk(b'IEND', b'')]
    return b'\x89PNG\r\n\x1a\n' + b''.join(chunks)


def pngs():
    image = picture()
    for mode in ('1', 'L', 'LA', 'P', 'RGB', 'RGBA'):
        yield f'{mode}.png', saved(image.convert(mode), 'PNG')
    yield 'I16.png', saved(Image.fromarray(grey16()), 'PNG')
    yield 'optimize.png', saved(image.convert('RGB'), 'PNG', optimize=True)
    yield 'big.png', saved(picture(400, 300).convert('RGB'), 'PNG')
    yield 'trns-rgb.png', saved(image.convert('RGB'), 'PNG', transparency=(10, 20, 30))
    yield 'trns-l.png', saved(image.convert('L'), 'PNG', transparency=7)
    for colours in (2, 3, 5, 16, 17, 256):
        few = image.convert('RGB').quantize(colours)
        yield f'P{colours}.png', saved(few, 'PNG')
        yield f'P{colours}t.png', saved(few, 'PNG', transparency=1)
        yield f'P{colours}ta.png', saved(few, 'PNG', transparency=bytes(range(colours)))
    draw = random.Random(7)
    palette = bytes(draw.randrange(256) for _ in range(3 * 256))
    for (w, h), interlace in itertools.product(((1, 1), (2, 3), (5, 1), (8, 8), (9, 13), (33, 20)), (0, 1)):
        for colour, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (3, (1, 2, 4, 8)), (4, (8, 16)), (6, (8, 16))):
            for depth in depths:
                channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
                samples = np.random.default_rng(depth).integers(0, 1 << depth, (h, w, channels))
                if depth == 16 and colour == 0:
                    samples = samples % 600
                extra = [chunk(b'PLTE', palette[:3 * (1 << min(depth, 8))])] if colour == 3 else []
                data = png(samples, depth, colour, interlace, extra, filter_kind=w % 2, cut=50)
                yield f'c{colour}d{depth}i{interlace}-{w}x{h}.png', data
    samples = np.random.default_rng(3).integers(0, 256, (6, 7, 1))
    yield 'short-palette.png', png(samples, 8, 3, extra=[chunk(b'PLTE', palette[:30])])
    rgb = np.asarray(image.convert('RGB'))
    for i in range(1, 9):
        yield f'exif{i}.png', saved(image.convert('RGB'), 'PNG', exif=exif(i))
        yield f'exif{i}-after.png', png(rgb, 8, 2, after=[chunk(b'eXIf', exif(i)[6:])])
    block = exif(6).hex()
    raw = f'\nexif\n{len(block) // 2:8}\n' + '\n'.join(block[i:i + 72] for i in range(0, len(block), 72)) + '\n'
    yield 'raw-profile.png', png(rgb, 8, 2, extra=[chunk(b'tEXt', b'Raw profile type exif\0' + raw.encode())])
    yield 'raw-profile-z.png', png(rgb, 8, 2, extra=[
        chunk(b'zTXt', b'Raw profile type exif\0\0' + zlib.compress(raw.encode()))])
    for i, xmp in enumerate(('<x tiff:Orientation="8"/>', '<tiff:Orientation>5</tiff:Orientation>', 'tiff:Orientation="0"',
                             'tiff:Orientation= "3" tiff:Orientation="4"')):
        yield f'xmp{i}.png', png(rgb, 8, 2, extra=[chunk(b'iTXt', b'XML:com.adobe.xmp\0\0\0\0\0' + xmp.encode())])
    yield 'exif-over-xmp.png', png(rgb, 8, 2, extra=[
        chunk(b'eXIf', exif(3)[6:]), chunk(b'iTXt', b'XML:com.adobe.xmp\0\0\0\0\0tiff:Orientation="8"')])
    yield 'gamma.png', png(rgb, 8, 2, extra=[chunk(b'gAMA', struct.pack('>I', 100000))])


# ---- WebP -----------------------------------------------------------------------------------------------------------


def webps():
    image = picture()
    for quality in (10, 80, 100):
        yield f'q{quality}.webp', saved(image.convert('RGB'), 'WEBP', quality=quality)
        yield f'q{quality}a.webp', saved(image, 'WEBP', quality=quality)
    yield 'lossless.webp', saved(image.convert('RGB'), 'WEBP', lossless=True)
    yield 'lossless-a.webp', saved(image, 'WEBP', lossless=True)
    yield 'lossless-exact.webp', saved(image, 'WEBP', lossless=True, exact=True)
    yield 'L.webp', saved(image.convert('L'), 'WEBP')
    yield '1x1.webp', saved(picture(1, 1).convert('RGB'), 'WEBP')
    yield 'large.webp', saved(picture(300, 200).convert('RGB'), 'WEBP')
    for i in range(1, 9):
        yield f'exif{i}.webp', saved(image.convert('RGB'), 'WEBP', exif=exif(i))
        yield f'exif{i}-bare.webp', saved(image.convert('RGB'), 'WEBP', exif=exif(i)[6:])
    others = [image.rotate(30 * i) for i in range(1, 4)]
    yield 'moving.webp', saved(image, 'WEBP', save_all=True, append_images=others)
    yield 'moving-lossless.webp', saved(image, 'WEBP', save_all=True, append_images=others, lossless=True)
    hole = Image.new('RGBA', (WIDTH, HEIGHT), (0, 0, 0, 0))
    hole.paste(image.resize((20, 20)).convert('RGB'), (30, 11))
    yield 'moving-offset.webp', saved(hole, 'WEBP', save_all=True, append_images=others, lossless=True, minimize_size=True)


# ---- GIF ------------------------------------------------------------------------------------------------------------


def lzw(indices, bits):
    """Simple LZW: it writes a clear code before the table would need longer codes."""
    clear, size, out, have, at = 1 << bits, bits + 1, 0, 0, bytearray()

    def emit(code):
        nonlocal out, have
        out |= code << have
        have += size
        while have >= 8:
            at.append(out & 255)
            out >>= 8
            have -= 8

    emit(clear)
    for i, index in enumerate(indices):
        if i and i % ((1 << bits) - 2 or 1) == 0:
            emit(clear)
        emit(index)
    emit(clear + 1)
    if have:
        at.append(out & 255)
    return b''.join(bytes([len(at[i:i + 255])]) + bytes(at[i:i + 255]) for i in range(0, len(at), 255)) + b'\0'


def gif(width, height, screen=None, at=(0, 0), bits=4, global_palette=True, local_palette=False, interlace=False, transparent=None,
        extra=b'', background=0):
    draw = random.Random(bits)
    table = bytes(draw.randrange(256) for _ in range(3 << bits))
    indices = [draw.randrange(1 << bits) for _ in range(width * height)]
    screen = screen or (width, height)
    data = b'GIF89a' + struct.pack('<HHBBB', *screen, (0x80 if global_palette else 0) | (bits - 1), background, 0)
    if global_palette:
        data += table[::-1]
    data += extra
    if transparent is not None:
        data += b'!\xf9\x04' + struct.pack('<BHBB', 1, 5, transparent, 0)
    flags = (0x80 | (bits - 1) if local_palette else 0) | (0x40 if interlace else 0)
    data += b',' + struct.pack('<HHHHB', *at, width, height, flags) + (table if local_palette else b'')
    code_bits = max(2, bits)
    return data + bytes([code_bits]) + lzw(indices, code_bits) + b';'


def gifs():
    image = picture()
    for mode in ('1', 'L', 'P', 'RGB', 'RGBA'):
        yield f'{mode}.gif', saved(image.convert(mode), 'GIF')
    for interlace in (0, 1):
        yield f'pil-i{interlace}.gif', saved(picture(200, 90).convert('RGB'), 'GIF', interlace=interlace)
    yield 'moving.gif', saved(image.convert('RGB'), 'GIF', save_all=True, append_images=[image.rotate(40).convert('RGB')])
    for bits, height, interlace in itertools.product(range(1, 9), (1, 2, 3, 5, 9, 20), (False, True)):
        yield f'b{bits}h{height}i{int(interlace)}.gif', gif(11, height, bits=bits, interlace=interlace)
    yield 'local.gif', gif(12, 9, local_palette=True)
    yield 'local-only.gif', gif(12, 9, local_palette=True, global_palette=False)
    yield 'no-palette.gif', gif(12, 9, bits=8, global_palette=False)
    yield 'offset.gif', gif(12, 9, screen=(30, 20), at=(7, 5))
    yield 'offset-t.gif', gif(12, 9, screen=(30, 20), at=(7, 5), transparent=3)
    yield 'offset-bg.gif', gif(12, 9, screen=(30, 20), at=(7, 5), background=4)
    yield 'beyond.gif', gif(12, 9, screen=(10, 10), at=(7, 5))
    yield 'comment.gif', gif(12, 9, extra=b'!\xfe\x05hello\x03abc\0')
    yield 'odd-bytes.gif', gif(12, 9, extra=b'\x00\x11')
    yield 'netscape.gif', gif(12, 9, extra=b'!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0')


# ---- BMP ------------------------------------------------------------------------------------------------------------


def bmp(width, height, bits, rows, header=40, compression=0, masks=(), palette=b'', colours=0, top_down=False, gap=0, data=None):
    size = (width * bits + 31) // 32 * 4
    body = data if data is not None else b''.join(r[:size].ljust(size, b'\0') for r in rows)
    if header == 12:
        info = struct.pack('<IHHHH', 12, width, height, 1, bits)
    else:
        info = struct.pack('<IiiHHIIiiII', header, width, -height if top_down else height, 1, bits, compression, len(body), 0, 0,
                           colours, 0)
        long_masks = b''.join(struct.pack('<I', m) for m in masks) if header > 40 else b''
        info += long_masks
        info = info.ljust(header, b'\0')
    short_masks = b''.join(struct.pack('<I', m) for m in masks[:3]) if header == 40 and compression == 3 else b''
    offset = 14 + len(info) + len(short_masks) + len(palette) + gap
    head = b'BM' + struct.pack('<IHHI', offset + len(body), 0, 0, offset)
    return head + info + short_masks + palette + b'\0' * gap + body


def rle8(rows, quirks=False):
    out = bytearray()
    for row in rows:
        i = 0
        while i < len(row):
            run = 1
            while i + run < len(row) and run < 255 and row[i + run] == row[i]:
                run += 1
            if run == 1 and i + 4 <= len(row):
                n = min(5, len(row) - i)
                out += bytes([0, n]) + row[i:i + n] + (b'\0' if n % 2 else b'')
                i += n
            else:
                out += bytes([run, row[i]])
                i += run
        out += b'\0\0'
    return bytes(out + b'\0\1')


def bmps():
    image = picture()
    for mode in ('1', 'L', 'P', 'RGB', 'RGBA'):
        yield f'{mode}.bmp', saved(image.convert(mode), 'BMP')
    draw = random.Random(3)
    for bits, (w, h), header, down in itertools.product((1, 4, 8, 16, 24, 32), ((1, 1), (7, 5), (16, 3)), (12, 40, 64, 108, 124),
                                                      (False, True)):
        if header == 12 and (down or bits in (16, 32)):
            continue
        rows = [bytes(draw.randrange(256) for _ in range((w * bits + 31) // 32 * 4)) for _ in range(h)]
        entry = 3 if header == 12 else 4
        palette = bytes(draw.randrange(256) for _ in range(entry << bits)) if bits <= 8 else b''
        # OS/2's files of 12 bytes have the pixels after a palette of 3 bytes an entry
        yield f'b{bits}-{w}x{h}-h{header}-{int(down)}.bmp', bmp(w, h, bits, rows, header, palette=palette, top_down=down, gap=draw.choice((0, 6)))
    rows = [bytes(draw.randrange(256) for _ in range(64)) for _ in range(6)]
    for bits, masks in ((16, (0xf800, 0x7e0, 0x1f, 0)), (16, (0x7c00, 0x3e0, 0x1f, 0)), (24, (0xff0000, 0xff00, 0xff, 0)),
                        (32, (0xff0000, 0xff00, 0xff, 0)), (32, (0xff0000, 0xff00, 0xff, 0xff000000)), (32, (0xff000000, 0xff0000, 0xff00, 0)),
                        (32, (0xff000000, 0xff0000, 0xff00, 0xff)), (32, (0xff, 0xff00, 0xff0000, 0xff000000)), (32, (0, 0, 0, 0)),
                        (16, (0xf00, 0xf0, 0xf, 0)), (32, (0xff, 0xff00, 0xff0000, 0))):
        for header in (40, 108, 124):
            yield f'masks{bits}-{masks[0]:x}-{masks[3]:x}-h{header}.bmp', bmp(11, 6, bits, rows, header, 3, masks)
    palette = bytes(draw.randrange(256) for _ in range(1024))
    yield 'few-colours.bmp', bmp(10, 4, 8, [bytes(draw.randrange(256) for _ in range(12)) for _ in range(4)], palette=palette[:80], colours=20)
    pixels = [bytes(draw.choice((7, 7, 7, 200, 31)) for _ in range(23)) for _ in range(9)]
    yield 'rle8.bmp', bmp(23, 9, 8, None, compression=1, palette=palette, data=rle8(pixels))
    yield 'rle8-down.bmp', bmp(23, 9, 8, None, compression=1, palette=palette, data=rle8(pixels), top_down=True)
    yield 'rle8-delta.bmp', bmp(8, 4, 8, None, compression=1, palette=palette, data=bytes([3, 9, 0, 2, 2, 1, 3, 5, 0, 0, 8, 1, 0, 0, 8, 2, 0, 1]))
    yield 'rle8-short.bmp', bmp(8, 4, 8, None, compression=1, palette=palette, data=bytes([8, 1, 0, 0, 8, 2, 0, 1]))
    yield 'rle8-overrun.bmp', bmp(8, 3, 8, None, compression=1, palette=palette, data=bytes([20, 1, 0, 0, 8, 2, 0, 0, 8, 3, 0, 0, 0, 1]))
    nibbles = bytes([5, 0x12, 0, 4, 0x34, 0x56, 0, 0, 9, 0x78, 0, 0, 3, 0x9a, 0, 6, 0xbc, 0xde, 0xf0, 0, 0, 0, 9, 0x21, 0, 1])
    yield 'rle4.bmp', bmp(9, 4, 4, None, compression=2, palette=palette[:64], data=nibbles)
    yield 'no-offset.bmp', (lambda b: b[:10] + b'\0\0\0\0' + b[14:])(bmp(11, 6, 24, rows))
    yield 'no-pad.bmp', bmp(11, 6, 24, rows)[:-3]


# ---- PNM ------------------------------------------------------------------------------------------------------------


def pnms():
    image = picture()
    yield '1.pbm', saved(image.convert('1'), 'PPM')
    yield 'L.pgm', saved(image.convert('L'), 'PPM')
    yield 'RGB.ppm', saved(image.convert('RGB'), 'PPM')
    yield 'I.pgm', saved(Image.fromarray(grey16().astype(np.int32)), 'PPM')
    draw = random.Random(11)
    for maxval in (1, 2, 15, 100, 254, 255, 256, 1000, 1023, 65534, 65535):
        values = [draw.randrange(maxval + 1) for _ in range(5 * 4 * 3)]
        low = [min(v, 9) if i % 3 else v for i, v in enumerate(values)]
        code = 'B' if maxval < 256 else 'H'
        for kind, channels in ((5, 1), (6, 3)):
            raw = b''.join(struct.pack('>' + code, v) for v in low[:20 * channels])
            yield f'p{kind}-{maxval}.pnm', f'P{kind}\n5 4\n{maxval}\n'.encode() + raw
        for kind, channels in ((2, 1), (3, 3)):
            text = ' '.join(str(v) for v in low[:20 * channels])
            yield f'p{kind}-{maxval}.pnm', f'P{kind}\n5 4\n{maxval}\n{text}\n'.encode()
    yield 'p1.pnm', b'P1\n# a comment\n5 2\n1 0 1 0 1\n01011 # so\n'
    yield 'p1-tight.pnm', b'P1 5 2 1010101011'
    yield 'p4.pnm', b'P4\n11 3\n' + bytes([0xa5, 0x60, 0xff, 0x1f, 0x00, 0xe0])
    yield 'comments.ppm', b'P6 # one\n#two\n2#3\n 1 #four\n255\n' + bytes(range(3 * 23))
    yield 'p2-end.pnm', b'P2 2 2 9 1 2 3 4'
    yield 'over.pnm', b'P2 2 2 9 1 2 3 10'
    yield 'raw-over.pnm', b'P5 2 2 9\n' + bytes([1, 9, 10, 255])
    yield 'zero.pnm', b'P5 0 2 255\n'
    yield 'maxval0.pnm', b'P5 2 2 0\n\1\2\3\4'


# ---- all of them ----------------------------------------------------------------------------------------------------


def zoo(maker=None):
    """All files; `maker` is image_make, for the JPEGs that PIL cannot write."""
    from image_tiff import tiffs  # here, because image_tiff imports this module

    for files in (jpegs(maker), pngs(), webps(), gifs(), bmps(), pnms(), tiffs()):
        yield from files
