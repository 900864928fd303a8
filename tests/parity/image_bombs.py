"""No image file of up to 1 MiB costs more than 2 seconds of processor time and 256 MiB, whatever it claims: bombs of every
format, made here, each decoded by a process of its own.

    image_bombs.py IMAGE_DUMP

Exit status 77: NumPy and PIL, which the zoo's writers need, are not installed.
"""
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib

try:
    from image_tiff import LONG, SHORT, tiff
    from image_zoo import chunk, exif
except ImportError as error:
    print('skipped:', error)
    sys.exit(77)

LIMIT_BYTES, LIMIT_SECONDS, LIMIT_MEMORY = 1 << 20, 2.0, 256 << 20
PAD = 1 << 20  # files are padded to this size, because Linnet's limits grow with the file's size


def deflate_zeros(n, fill=b'\0'):
    """n equal bytes, generated on the fly."""
    packer = zlib.compressobj(4)
    block, out = fill * (1 << 20), []
    for _ in range(n >> 20):
        out.append(packer.compress(block))
    out.append(packer.compress(fill * (n & ((1 << 20) - 1))) + packer.flush())
    return b''.join(out)


def png(width, height, depth, colour, interlace=0, extra=b''):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    raw = height * (1 + (width * channels * depth + 7) // 8)
    if interlace:
        raw = raw * 17 // 16 + 8 * height
    head = struct.pack('>IIBBBBB', width, height, depth, colour, 0, 0, interlace)
    body = b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) + extra
    if colour == 3:
        body += chunk(b'PLTE', bytes(768))
    return body + chunk(b'IDAT', deflate_zeros(raw)) + chunk(b'IEND', b'')


def padded_png(*args, **more):
    data = png(*args, **more)
    return data[:33] + chunk(b'zzZz', os.urandom(max(0, PAD - len(data) - 12))) + data[33:]


def segment(marker, data):
    return bytes([0xff, marker]) + struct.pack('>H', len(data) + 2) + data


def bits(string):
    """Pads with ones to whole bytes and stuffs a zero after each 0xff."""
    string += '1' * (-len(string) % 8)
    return int('1' + string, 2).to_bytes(len(string) // 8 + 1, 'big')[1:].replace(b'\xff', b'\xff\0')


def progressive(width, height, scans, comps=3, pad=0):
    """Each AC scan says in a few bits that nothing changes in the whole picture (runs of ended bands)."""
    frame = struct.pack('>BHHB', 8, height, width, comps) + b''.join(bytes([i + 1, 0x11, 0]) for i in range(comps))
    out = b'\xff\xd8' + segment(0xdb, b'\0' + b'\1' * 64) + segment(0xc2, frame)
    out += segment(0xfe, os.urandom(60000)) * (pad // 60000)
    # DC: the one code 0 is category 0. AC: code n of 4 bits is EOBn, a run of 2^n blocks and what n more bits say.
    out += segment(0xc4, b'\0' + b'\1' + b'\0' * 15 + b'\0')
    out += segment(0xc4, b'\x10' + b'\0\0\0\x0f' + b'\0' * 12 + bytes(n << 4 for n in range(15)))
    blocks = -(-width // 8) * -(-height // 8)
    out += segment(0xda, bytes([comps]) + b''.join(bytes([i + 1, 0]) for i in range(comps)) + b'\0\0\0')
    out += bits('0' * (blocks * comps))
    nothing, left = '', blocks
    while left:
        run = min(left, 32767)
        n = run.bit_length() - 1
        nothing += format(n, '04b') + (format(run - (1 << n), f'0{n}b') if n else '')
        left -= run
    band = [(k, c) for k in range(1, 64) for c in range(comps)]
    for k, c in band[:scans]:
        out += segment(0xda, bytes([1, c + 1, 0, k, k, 0])) + bits(nothing)
    return out + b'\xff\xd9'


def baseline(width, height):
    frame = struct.pack('>BHHB', 8, height, width, 3) + bytes([1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0])
    out = b'\xff\xd8' + segment(0xdb, b'\0' + b'\1' * 64) + segment(0xc0, frame)
    out += segment(0xc4, b'\0' + b'\1' + b'\0' * 15 + b'\0') + segment(0xc4, b'\x10' + b'\1' + b'\0' * 15 + b'\0')
    out += segment(0xda, bytes([3, 1, 0, 2, 0, 3, 0]) + b'\0\x3f\0')
    blocks = -(-width // 8) * -(-height // 8)
    return out + b'\0' * (blocks * 6 // 8 + 1) + b'\xff\xd9'


def gif(width, height, screen=None):
    """Codes that each stand for a longer string than the last: a few thousand make millions of pixels."""
    screen = screen or (width, height)
    head = b'GIF89a' + struct.pack('<HHBBB', *screen, 0x80, 0, 0) + bytes(6) + b',' + struct.pack('<HHHHB', 0, 0, width, height, 0)
    out, have, data, size, next_code, left = 0, 0, bytearray(), 3, 6, width * height

    def emit(code):
        nonlocal out, have
        out |= code << have
        have += size
        while have >= 8:
            data.append(out & 255)
            out >>= 8
            have -= 8

    emit(4)
    emit(0)
    left -= 1
    length, table = 1, {}
    code = 0
    while left > 0 and len(data) < LIMIT_BYTES - 20000:
        if next_code < 4096:
            code = next_code
            length += 1
            emit(code)
            if next_code == (1 << size) - 1 and size < 12:
                size += 1
            next_code += 1
        else:
            emit(4095)
        left -= length
    emit(5)
    data.append(out & 255)
    blocks = b''.join(bytes([len(data[i:i + 255])]) + bytes(data[i:i + 255]) for i in range(0, len(data), 255))
    return head + b'\2' + blocks + b'\0;'


def bmp_rle(width, height):
    rows = bytes([255, 7]) * (width // 255) + b'\0\0'
    body = rows * height
    info = struct.pack('<IiiHHIIiiII', 40, width, height, 1, 8, 1, len(body), 0, 0, 256, 0)
    return b'BM' + struct.pack('<IHHI', 54 + 1024 + len(body), 0, 0, 54 + 1024) + info + bytes(1024) + body


def tiff_file(width, height, blocks, compression=8, channels=1, bits=8, rows=None, tile=None, offsets=None):
    tags = {256: (LONG, [width]), 257: (LONG, [height]), 258: (SHORT, [bits] * channels), 259: (SHORT, [compression]),
            262: (SHORT, [1 if channels == 1 else 2]), 277: (SHORT, [channels])}
    if tile:
        tags.update({322: (LONG, [tile]), 323: (LONG, [tile])})
        return tiff('<', tags, blocks, 324, 325)
    tags[278] = (LONG, [rows or height])
    return tiff('<', tags, blocks, 273, 279)


def tiff_shared(count, block, compression, width=256):
    """Strips of one row, all of which point at the same bytes of the file."""
    table = 8 + len(block) + len(block) % 2
    offsets = struct.pack('<I', 8) * count
    counts = struct.pack('<I', len(block)) * count
    entries = [(256, LONG, 1, width), (257, LONG, 1, count), (258, SHORT, 1, 8), (259, SHORT, 1, compression), (262, SHORT, 1, 1),
               (273, LONG, count, table), (277, SHORT, 1, 1), (278, LONG, 1, 1), (279, LONG, count, table + len(offsets))]
    directory = struct.pack('<H', len(entries)) + b''.join(struct.pack('<HHII', *e) for e in entries) + struct.pack('<I', 0)
    body = block + b'\0' * (len(block) % 2) + offsets + counts
    return b'II' + struct.pack('<HI', 42, 8 + len(body)) + body + directory


def lzw_strips(count):
    """Each strip holds a clear code, one index and the end code, packed from the high bit down as in TIFF."""
    block = bytes([0x80, 0x00, 0x20, 0x20])
    return tiff_file(1, count, [block] * count, 5, rows=1)


def webp(width, height):
    from PIL import Image
    import io
    out = io.BytesIO()
    Image.new('RGB', (width, height)).save(out, 'WEBP', lossless=True, method=0, quality=0)
    return out.getvalue()


def bombs():
    # the largest accepted sizes, and a few beyond them
    yield 'png-beyond.png', padded_png(9000, 9000, 8, 2)
    yield 'png-claims.png', png(100, 100, 8, 2)[:16] + struct.pack('>II', 10000, 9999) + png(100, 100, 8, 2)[24:]
    yield 'png-rgb.png', padded_png(7600, 7600, 8, 2)
    yield 'png-rgb-tall.png', padded_png(3, 1 << 18, 8, 2)
    yield 'png-one-wide.png', padded_png(1, 1 << 18, 8, 2)
    yield 'png-rgba16.png', padded_png(5750, 5750, 16, 6)
    yield 'png-grey1.png', padded_png(8800, 8800, 1, 0)
    yield 'png-palette.png', padded_png(8800, 8800, 8, 3)
    yield 'png-interlaced.png', padded_png(7600, 7600, 8, 2, 1)
    yield 'png-turned.png', padded_png(6200, 6200, 8, 2, extra=chunk(b'eXIf', exif(6)[6:]))
    yield 'png-turned-big.png', padded_png(6500, 6500, 8, 2, extra=chunk(b'eXIf', exif(6)[6:]))
    yield 'png-interlaced-grey.png', padded_png(8800, 8800, 8, 0, 1)
    text = chunk(b'zTXt', b'a\0\0' + deflate_zeros(7 << 20))
    yield 'png-text.png', png(10, 10, 8, 2, extra=text * 8)
    yield 'png-profile.png', png(10, 10, 8, 2, extra=chunk(b'iCCP', b'a\0\0' + deflate_zeros(900 << 20)))
    hexadecimal = chunk(b'zTXt', b'Raw profile type exif\0\0' + deflate_zeros(2 << 20, fill=b'\n4a'))
    yield 'png-raw-profile.png', png(10, 10, 8, 2, extra=hexadecimal * 4)
    yield 'jpeg-claims.jpg', baseline(16, 16)[:71] + baseline(65500, 65500)[71:400] + b'\xff\xd9'
    yield 'jpeg-baseline.jpg', baseline(2800, 2800) + bytes(1 << 17)
    yield 'jpeg-progressive.jpg', progressive(4400, 4400, 99, pad=0)
    yield 'jpeg-progressive-big.jpg', progressive(4880, 4880, 80, pad=600000)
    yield 'jpeg-scans.jpg', progressive(512, 512, 180)
    yield 'gif-long-codes.gif', gif(6450, 6450)
    yield 'gif-canvas.gif', gif(10, 10, (7000, 7000))
    yield 'gif-claims.gif', gif(65535, 65535)[:40]
    yield 'bmp-rle.bmp', (lambda data: data + bytes(PAD - len(data)))(bmp_rle(255 * 30, 7600))
    yield 'webp-lossless.webp', webp(4300, 4300)
    yield 'pnm-claims.ppm', b'P6 20000 20000 255\n' + bytes(1000)
    yield 'pnm-digits.pgm', b'P2 700 700 65535\n' + b'0 ' * 490000
    side = 5000
    yield 'tiff-deflate.tif', tiff_file(side, side, [deflate_zeros(side * side)])
    yield 'tiff-deflate-16x4.tif', tiff_file(3000, 3000, [deflate_zeros(3000 * 3000 * 8)], channels=4, bits=16)
    yield 'tiff-packbits.tif', tiff_file(5000, 5000, [bytes([0x81, 0]) * (5000 * 5000 // 128 + 1)], 32773)
    yield 'tiff-shared.tif', tiff_shared(100000, zlib.compress(random.Random(1).randbytes(256)), 8)
    yield 'tiff-shared-lzw.tif', tiff_shared(100000, bytes([0x80, 0x00, 0x20, 0x20]), 5, 1)
    yield 'tiff-lzw-strips.tif', lzw_strips(80000)
    yield 'tiff-deflate-strips.tif', tiff_file(16, 30000, [zlib.compress(random.Random(2).randbytes(16), 9)] * 30000, rows=1)
    yield 'tiff-tile.tif', tiff_file(10, 10, [zlib.compress(bytes(100))], tile=65536)
    yield 'tiff-group4.tif', tiff_file(5700, 5700, [b'\xff' * 713 + b'\0\x10\1'], 4, bits=1)
    yield 'png-wide.png', padded_png(1 << 18, 200, 8, 2)
    yield 'tiff-tall.tif', tiff_file(1, 1 << 31, [zlib.compress(bytes(100))])
    yield 'tiff-table.tif', tiff_file(1, 60000000, [zlib.compress(bytes(100))], rows=1)


def run(program, path):
    """The first line of the answer, and the time and memory of decoding and reducing."""
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(f'preprocess 224 224 3 0 0 {path}\n'.encode())
    process.stdin.flush()
    answer = process.stdout.readline().decode(errors='replace').strip()
    if answer.startswith('ok'):
        width, height, channels = (int(v) for v in answer.split()[1:])
        left = 4 * width * height * channels
        while left > 0:
            left -= len(process.stdout.read(min(left, 1 << 20)))
    if not answer:
        return f'crash {process.wait()}', 0, 0
    with open(f'/proc/{process.pid}/status') as status:
        peak = next(int(line.split()[1]) << 10 for line in status if line.startswith('VmHWM'))
    with open(f'/proc/{process.pid}/stat') as stat:
        ticks = stat.read().rpartition(')')[2].split()[11:13]
    process.stdin.close()
    process.wait()
    return answer, sum(int(t) for t in ticks) / os.sysconf('SC_CLK_TCK'), peak


def main(program):
    timed = not os.environ.get('LINNET_UNTIMED')
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'bomb')
        for name, data in bombs():
            if len(data) > LIMIT_BYTES + 4096:
                print(f'FAIL {name}: {len(data)} bytes, it has to be a small one')
                failures += 1
                continue
            with open(path, 'wb') as out:
                out.write(data)
            answer, seconds, memory = run(program, path)
            bad = not answer.startswith(('ok', 'fail -3 img-')) or timed and (
                seconds > LIMIT_SECONDS or memory > LIMIT_MEMORY)
            failures += bad
            print(f'{"FAIL" if bad else "    "} {name:28} {len(data):8} bytes {seconds:6.2f} s {memory >> 20:4} MiB  '
                  + answer.replace(path, 'bomb')[:120])
    if not timed:
        print('skipped: limits of time and memory, under a sanitizer or without optimisation')
    print(f'{failures} failures')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
