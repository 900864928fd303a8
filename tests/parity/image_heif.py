"""HEIC and AVIF compared with heif-convert: each picture that heif-enc writes decodes to the same pixels, and so do grids and rotated,
mirrored and cropped pictures. Cut, damaged and hostile files are refused, in little time and memory.

    image_heif.py IMAGE_DUMP

Exit status 77: heif-enc (libheif-examples), PIL or NumPy is not installed.
"""
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from PIL import Image
except ImportError as error:
    print('skipped:', error)
    sys.exit(77)

import image_zoo
from image import Linnet, Report

MEMORY = 64 << 20  # what a hostile file of a few kilobytes may cost


# ---- boxes ----------------------------------------------------------------------------------------------------------


def box(kind, body):
    return struct.pack('>I', 8 + len(body)) + kind.encode() + body


def full(kind, body, version=0, flags=0):
    return box(kind, struct.pack('>I', version << 24 | flags) + body)


def boxes(data):
    """[(type, body)]"""
    found, at = [], 0
    while at + 8 <= len(data):
        size, kind = struct.unpack('>I4s', data[at:at + 8])
        found.append((kind.decode('latin1'), data[at + 8:at + size]))
        at += size
    return found


class Coded:
    """A picture as heif-enc writes it: its type, its decoder's header and its stream."""

    def __init__(self, file):
        meta = dict(boxes(file))['meta'][4:]
        parts = dict(boxes(meta))
        kinds = [body[8:12].decode() for kind, body in boxes(parts['iinf'][6:])]
        self.type = next(k for k in kinds if k in ('hvc1', 'av01'))
        header = {'hvc1': 'hvcC', 'av01': 'av1C'}[self.type]
        properties = boxes(dict(boxes(parts['iprp']))['ipco'])
        self.config = box(header, dict(reversed(properties))[header])
        self.size = struct.unpack('>II', dict(reversed(properties))['ispe'][4:])
        self.stream = dict(boxes(file))['mdat']
        assert len(kinds) == 1, kinds


def ispe(width, height):
    return full('ispe', struct.pack('>II', width, height))


def heif(items, references=(), primary=1, brand=b'heic', extra=b'', wide=False):
    """items: [(type, bytes, [properties])], numbered from 1; references: [(type, from, [to])]. wide: numbers of 32 bits, and the
    bytes in idat, as the other versions of the boxes have them."""
    n = '>I' if wide else '>H'
    properties, associations, infos, data, ranges, count = b'', b'', b'', b'', [], 0
    tiles = {to for kind, _, targets in references if kind == 'dimg' for to in targets}  # hidden, or heif-convert writes each
    for i, (kind, body, own) in enumerate(items, 1):
        infos += full('infe', struct.pack(n, i) + struct.pack('>H4sx', 0, kind.encode()), 3 if wide else 2, int(i in tiles))
        associations += struct.pack(n, i) + bytes([len(own)])
        for p in own:
            properties += p
            count += 1
            associations += bytes([0x80 | count]) if wide else struct.pack('>H', 0x8000 | count)
        ranges.append((len(data), len(body)))
        data += body
    ftyp = box('ftyp', brand + struct.pack('>I', 0) + b'mif1heicavif')
    iref = full('iref', b''.join(box(k, struct.pack(n, a) + struct.pack('>H', len(to)) + b''.join(struct.pack(n, t) for t in to))
                                 for k, a, to in references), int(wide))

    def place(i, begin, size, offset):
        if wide:
            return struct.pack('>IHHQHQI', i, 1, 0, begin, 1, 0, size)
        return struct.pack('>HHHII', i, 0, 1, begin + offset, size)

    def meta(offset):
        places = b''.join(place(i, *r, offset) for i, r in enumerate(ranges, 1))
        iloc = struct.pack('>HI', 0x8480, len(items)) if wide else struct.pack('>HH', 0x4400, len(items))
        return full('meta', full('hdlr', struct.pack('>I4s12xx', 0, b'pict')) + full('pitm', struct.pack(n, primary), int(wide)) +
                    full('iinf', struct.pack(n, len(items)) + infos, int(wide)) +
                    box('iprp', box('ipco', properties) +
                        full('ipma', struct.pack('>I', len(items)) + associations, int(wide), int(not wide))) +
                    (iref if references else b'') + full('iloc', iloc + places, 2 if wide else 0) +
                    (box('idat', data) if wide else b'') + extra)

    if wide:
        return ftyp + meta(0)
    return ftyp + meta(len(ftyp) + len(meta(0)) + 8) + box('mdat', data)


def picture(coded, *properties):
    return coded.type, coded.stream, [coded.config, ispe(*coded.size), *properties]


def grid(rows, columns, width, height):
    return struct.pack('>BBBBHH', 0, 0, rows - 1, columns - 1, width, height)


def irot(quarters):
    return box('irot', bytes([quarters]))


def imir(axis):
    return box('imir', bytes([axis]))


def clap(width, height):
    return box('clap', struct.pack('>IIIIiIiI', width, 1, height, 1, 0, 1, 0, 1))


def exif(orientation):
    return struct.pack('>I', 6) + image_zoo.exif_block(value=orientation)


# ---- files ----------------------------------------------------------------------------------------------------------


def encoded(folder, image, ending, *options):
    source, target = os.path.join(folder, 'source.png'), os.path.join(folder, 'drawn.' + ending)
    image.save(source)
    subprocess.run(['heif-enc', *options, *(['-A'] if ending == 'avif' else []), source, '-o', target], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(target, 'rb') as file:
        return file.read()


def drawn(folder):
    rgba = image_zoo.picture()
    rgb = rgba.convert('RGB')
    even = image_zoo.picture(64, 64).convert('RGB')
    for ending in ('heic', 'avif'):
        yield f'rgb.{ending}', encoded(folder, rgb, ending)
        yield f'even.{ending}', encoded(folder, even, ending)
        yield f'rgba.{ending}', encoded(folder, rgba, ending)
        yield f'grey.{ending}', encoded(folder, rgb.convert('L'), ending)
        yield f'444.{ending}', encoded(folder, even, ending, '-p', 'chroma=444')
        yield f'lossless.{ending}', encoded(folder, even, ending, '-L', '-p', 'chroma=444', '--matrix_coefficients=0')
        yield f'thumbnail.{ending}', encoded(folder, even, ending, '-t', '32')
        yield f'tiny.{ending}', encoded(folder, image_zoo.picture(1, 1).convert('RGB'), ending)
        yield f'large.{ending}', encoded(folder, image_zoo.picture(700, 500).convert('RGB'), ending)
    yield 'deep.heic', encoded(folder, Image.fromarray(image_zoo.grey16()), 'heic', '-b', '10')


def built(coded):
    for name, c in coded.items():
        yield f'plain-{name}', heif([picture(c)])
        for quarters in range(4):
            yield f'irot{quarters}-{name}', heif([picture(c, irot(quarters))])
            for axis in range(2):
                yield f'irot{quarters}-imir{axis}-{name}', heif([picture(c, irot(quarters), imir(axis))])
        yield f'clap-{name}', heif([picture(c, clap(40, 30))])
        yield f'clap-irot-{name}', heif([picture(c, clap(40, 30), irot(1))])
        for orientation in (3, 6):  # a copy for programs that do not know irot
            yield f'exif{orientation}-{name}', heif([picture(c), ('Exif', exif(orientation), [])], [('cdsc', 2, [1])])
            yield f'exif{orientation}-irot-{name}', heif([picture(c, irot(3)), ('Exif', exif(orientation), [])], [('cdsc', 2, [1])])
        tiles = [picture(c)] * 4
        yield f'grid-{name}', heif([('grid', grid(2, 2, 120, 90), [ispe(120, 90)]), *tiles], [('dimg', 1, [2, 3, 4, 5])])
        yield f'grid-irot-{name}', heif([('grid', grid(2, 2, 120, 90), [ispe(120, 90), irot(3)]), *tiles], [('dimg', 1, [2, 3, 4, 5])])
        yield f'grid-same-{name}', heif([('grid', grid(2, 2, 120, 90), [ispe(120, 90)]), picture(c)], [('dimg', 1, [2, 2, 2, 2])])
        yield f'brand-mif1-{name}', heif([picture(c)], brand=b'mif1')


ALPHA = full('auxC', b'urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0')


def sequence_header(width_bits, height_bits, width, height, reduced=True):
    """An AV1 sequence header OBU of a still picture."""
    bits = '000' + '1' + '1' + '00000' if reduced else '000' + '1' + '0' + '0' + '0' + '00000' + '0' * 12 + '00000'
    bits += format(width_bits - 1, '04b') + format(height_bits - 1, '04b') + format(width - 1, f'0{width_bits}b')
    bits += format(height - 1, f'0{height_bits}b')
    bits += '0' * (-len(bits) % 8 + 32)
    body = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
    return bytes([0x0a, len(body)]) + body


def timed_header(width, height):
    """The same with timing, a decoder model and two operating points, as a video has them."""
    bits = '000' + '1' + '0' + '1' + '0' * 64 + '1' + '00101' + '1' + '00011' + '0' * 42 + '1' + '00001'
    bits += ('0' * 12 + '01000' + '0' + '1' + '0' * 9 + '1' + '0000') + ('0' * 12 + '00000' + '0' + '0')
    bits += format(9, '04b') * 2 + format(width - 1, '010b') + format(height - 1, '010b')
    bits += '0' * (-len(bits) % 8 + 32)
    body = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
    return bytes([0x0e, 0, len(body)]) + body  # with an extension byte


def containers(coded):
    """{name: bytes}: the same picture in boxes of other versions."""
    c = coded['heic']
    plain = heif([picture(c)])
    wide = heif([('grid', grid(2, 2, 120, 90), [ispe(120, 90)]), picture(c)], [('dimg', 1, [2, 2, 2, 2])], wide=True)
    timed = (coded['avif'].type, timed_header(64, 64) + coded['avif'].stream, [coded['avif'].config, ispe(64, 64)])
    return {'wide.heic': wide, 'timed.avif': heif([timed], brand=b'avif'),
            'length-0.heic': plain[:plain.rindex(b'mdat') - 4] + bytes(4) + plain[plain.rindex(b'mdat'):],
            'length-1.heic': plain + b'\0\0\0\1free' + struct.pack('>Q', 20) + b'more'}


def hostile(coded):
    """(name, bytes, a code, a word of the message)"""
    heic, avif = coded['heic'], coded['avif']
    plain = picture(heic)
    huge = [heic.config, ispe(1 << 20, 1 << 20)]
    yield 'claims.heic', heif([('hvc1', heic.stream, huge)]), 'img-', ''
    yield 'grid-claims.heic', heif([('grid', grid(1, 1, 60000, 60000), [ispe(60000, 60000)]), plain], [('dimg', 1, [2])]), 'img-pixels', '60000'
    yield 'grid-lies.heic', heif([('grid', grid(1, 1, 9000, 9000), [ispe(64, 48)]), plain], [('dimg', 1, [2])]), 'img-bomb', '9000'
    yield 'grid-of-itself.heic', heif([('grid', grid(1, 1, 64, 48), [ispe(64, 48)])], [('dimg', 1, [1])]), 'img-unsupported', 'tiles'
    two = [('grid', grid(1, 1, 64, 48), [ispe(64, 48)])] * 2
    yield 'grids-in-a-circle.heic', heif(two, [('dimg', 1, [2]), ('dimg', 2, [1])]), 'img-unsupported', 'tiles'
    yield 'grid-missing.heic', heif([('grid', grid(1, 1, 64, 48), [ispe(64, 48)]), plain], [('dimg', 1, [9])]), 'img-unsupported', 'tiles'
    yield 'grid-none.heic', heif([('grid', grid(1, 1, 64, 48), [ispe(64, 48)]), plain]), 'img-damaged', 'no tiles'
    many = heif([('grid', grid(60, 60, 64, 48), [ispe(64, 48)]), plain], [('dimg', 1, [2] * 3600)])
    yield 'grid-many.heic', many, 'img-damaged', 'many times'
    yield 'iden-of-itself.heic', heif([('iden', b'x', [ispe(64, 48)])], [('dimg', 1, [1])]), 'img-unsupported', 'neither'
    yield 'overlay.heic', heif([('iovl', bytes(30), [ispe(64, 48)]), plain], [('dimg', 1, [2])]), 'img-unsupported', 'neither'
    alpha = (heic.type, heic.stream, [heic.config, ispe(64, 48), ALPHA])
    yield 'alpha-of-itself.heic', heif([plain, alpha], [('auxl', 2, [1]), ('auxl', 2, [2])]), 'img-', ''
    yield 'alphas-in-a-circle.heic', heif([plain, alpha, alpha], [('auxl', 2, [1]), ('auxl', 3, [2]), ('auxl', 2, [3])]), 'img-damaged', 'alpha'
    yield 'no-config.heic', heif([('hvc1', heic.stream, [ispe(64, 48)])]), 'img-damaged', 'no header'
    yield 'wrong-config.heic', heif([('hvc1', heic.stream, [avif.config, ispe(64, 48)])]), 'img-damaged', 'no header'
    yield 'no-bytes.heic', heif([('hvc1', b'', [heic.config, ispe(64, 48)])]), 'img-damaged', 'no bytes'
    yield 'text.heic', heif([('hvc1', b'hello, world', [heic.config, ispe(64, 48)])]), 'img-damaged', 'HEVC'
    yield 'twice.heic', heif([(heic.type, heic.stream * 40, [heic.config, ispe(64, 48)])]), 'img-damaged', 'many times'
    yield 'primary-missing.heic', heif([plain], primary=7), 'img-damaged', 'has no primary picture'
    yield 'two-places.heic', heif([plain], extra=full('iloc', struct.pack('>HH', 0x4400, 0))), 'img-damaged', 'only once'
    av1 = [avif.config, ispe(64, 48)]
    wide = sequence_header(16, 16, 65536, 65536) + avif.stream
    yield 'stream-claims.avif', heif([('av01', wide, av1)], brand=b'avif'), 'img-pixels', '65536'
    override = sequence_header(16, 16, 64, 48, reduced=False) + avif.stream
    yield 'stream-override.avif', heif([('av01', override, av1)], brand=b'avif'), 'img-pixels', '65536'
    claims = box('av1C', avif.config[8:12] + sequence_header(16, 16, 65536, 65536))
    yield 'config-claims.avif', heif([('av01', avif.stream, [claims, ispe(64, 48)])], brand=b'avif'), 'img-pixels', '65536'
    yield 'frames.avif', heif([('av01', avif.stream * 40, av1)], brand=b'avif'), 'img-damaged', 'many times'
    yield 'no-meta.heic', box('ftyp', b'heic' + bytes(4) + b'mif1heic') + box('moov', bytes(40)), 'img-unsupported', 'still picture'
    yield 'header.heic', b'\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'img-unsupported', 'still picture'


# ---- checks ---------------------------------------------------------------------------------------------------------


def by_convert(folder, data):
    path, out = os.path.join(folder, 'theirs.heic'), os.path.join(folder, 'theirs.png')
    with open(path, 'wb') as file:
        file.write(data)
    if os.path.exists(out):
        os.unlink(out)
    subprocess.run(['heif-convert', path, out], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return np.asarray(Image.open(out).convert('RGB')) if os.path.exists(out) else None


def decoded(linnet, folder, data):
    path = os.path.join(folder, 'ours')
    with open(path, 'wb') as file:
        file.write(data)
    return linnet.ask('decode ' + path)


def check_equal(linnet, folder, files, report):
    for name, data in files:
        ours, theirs = decoded(linnet, folder, data), by_convert(folder, data)
        if isinstance(ours, str) or theirs is None:
            report.fail(name, f'{ours}' if isinstance(ours, str) else 'heif-convert refuses it')
        elif ours.shape != theirs.shape or not np.array_equal(ours, theirs):
            report.fail(name, f'other pixels than heif-convert: {ours.shape} {theirs.shape}')
        else:
            report.count('equal')


def check_turns(linnet, folder, coded, report):
    """Compares each rotation with NumPy's, to find one that Linnet and heif-convert both get wrong."""
    for name, c in coded.items():
        plain = decoded(linnet, folder, heif([picture(c)]))
        for quarters in range(4):
            turned = decoded(linnet, folder, heif([picture(c, irot(quarters)), ('Exif', exif(6), [])], [('cdsc', 2, [1])]))
            if isinstance(turned, str) or not np.array_equal(turned, np.rot90(plain, quarters)):
                report.fail(f'irot{quarters}-{name}', 'not turned by that many quarters, counter-clockwise')
            else:
                report.count('turned')


def memory_of(process):
    with open(f'/proc/{process.pid}/status') as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith('VmHWM'))


def check_hostile(linnet, folder, coded, report):
    for name, data, code, word in hostile(coded):
        answer = decoded(linnet, folder, data)
        if not isinstance(answer, str) or not answer.startswith(code) or word not in answer:
            report.fail(name, f'"{code}", "{word}" expected: {answer if isinstance(answer, str) else "decoded"}')
        else:
            report.count('hostile, refused')
    if memory_of(linnet.process) > MEMORY:
        report.fail('hostile', f'{memory_of(linnet.process) >> 20} MiB')


def check_broken(linnet, folder, files, report, times=12):
    draw = random.Random(4)
    for name, data in files:
        for _ in range(times):
            cut = data[:draw.randrange(len(data))]
            answer = decoded(linnet, folder, cut)
            if not isinstance(answer, str) or not answer.startswith('img-'):
                report.fail(f'{name}[:{len(cut)}]', f'not refused: {answer if isinstance(answer, str) else "decoded"}')
            report.count('cut')
        for _ in range(times):
            rotten = bytearray(data)
            rotten[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
            answer = decoded(linnet, folder, bytes(rotten))
            if isinstance(answer, str) and not answer.startswith('img-'):
                report.fail(f'{name} flipped', answer)
            report.count('flipped')


def check_absent(program, folder, data, report):
    """Without libheif (here: with one that cannot be loaded) the message names the package."""
    with open(os.path.join(folder, 'libheif.so.1'), 'w') as file:
        file.write('no library')
    linnet = Linnet(program, {**os.environ, 'LD_LIBRARY_PATH': folder})
    answer = decoded(linnet, folder, data)
    if not isinstance(answer, str) or not answer.startswith('img-unsupported') or 'libheif1' not in answer:
        report.fail('absent', answer if isinstance(answer, str) else 'decoded')
    report.count('absent')


def main(program):
    if not shutil.which('heif-enc') or not shutil.which('heif-convert'):
        print('skipped: no heif-enc and heif-convert (Debian: libheif-examples)')
        return 77
    report, linnet = Report(), Linnet(program)
    with tempfile.TemporaryDirectory() as folder:
        files = list(drawn(folder))
        coded = {name: Coded(dict(files)['even.' + name]) for name in ('heic', 'avif')}
        check_hostile(linnet, folder, coded, report)
        check_equal(linnet, folder, [*files, *built(coded), *list(containers(coded).items())], report)
        check_turns(linnet, folder, coded, report)
        check_broken(linnet, folder, [f for f in [*files, *list(built(coded))[::5]] if len(f[1]) < 20000], report)
        check_absent(program, folder, files[0][1], report)
    for what, n in sorted(report.counts.items()):
        print(f'{n:6} {what}')
    print(f'{len(report.failures)} failures')
    return 1 if report.failures or not report.counts.get('equal') else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
