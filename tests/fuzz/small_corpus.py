"""Writes the seeds of fuzz_cifar, fuzz_classes, fuzz_exif, fuzz_json, fuzz_multipart, fuzz_pickle, fuzz_pickle_grammar, fuzz_progress,
fuzz_request and fuzz_zip, damaged PNGs for fuzz_png, unusual numbers for fuzz_pnm, and JPEGs of unusual kinds for fuzz_jpeg.

    small_corpus.py FOLDER      corpus/ beside this file, for the project
"""
import json
import pathlib
import random
import struct
import sys
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'hostile'))
from forms import Entry, call, dict_of, glob, list_of, number, persistent, pickled, storage, tensor, text, tuple_of, zipped
import pth_corpus

def exif(order='<', entries=((0x112, 3, 1, 6),), magic=42, first=8, prefix=b'Exif\0\0'):
    """A TIFF header and a directory whose values are 16-bit."""
    body = b''.join(struct.pack(order + 'HHIHH', tag, kind, count, value, 0) for tag, kind, count, value in entries)
    head = {'<': b'II', '>': b'MM'}[order] + struct.pack(order + 'HI', magic, first)
    return prefix + head + struct.pack(order + 'H', len(entries)) + body + bytes(4)


EXIF = {f'o{value}-{name}': exif(order, ((0x10f, 2, 1, 0), (0x112, 3, 1, value)))
        for value in (0, 1, 3, 6, 8, 9) for order, name in (('<', 'le'), ('>', 'be'))}
EXIF |= {'bare': exif(prefix=b''), 'long': exif(entries=((0x112, 4, 1, 6),)), 'two': exif(entries=((0x112, 3, 2, 6),)),
         'byte': exif(entries=((0x112, 1, 1, 6),)), 'none': exif(entries=((0x10f, 2, 1, 0),)), 'empty-directory': exif(entries=()),
         'magic': exif(magic=43), 'far': exif(first=10**6), 'cut': exif()[:-8], 'many': exif()[:14] + b'\xff\xff' + exif()[16:],
         'short': b'Exif\0\0II', 'nothing': b'',
         'xmp-attribute': b'<x tiff:Orientation="6"/>', 'xmp-element': b'<tiff:Orientation>8</tiff:Orientation>',
         'xmp-quote': b"<x tiff:Orientation = '3'>", 'xmp-cut': b'<x tiff:Orientation="', 'xmp-nine': b'<tiff:Orientation>9<',
         'xmp-two': b'tiff:Orientation tiff:Orientation="5"', 'xmp-words': b'tiff:Orientation="right"'}

CLASSES = {'two': b'cat\ndog\n', 'windows': b'cat\r\nbig dog\r\n', 'utf8': 'K\u00f6ln\n\uace0\uc591\uc774\n'.encode(), 'latin1': b'caf\xe9\nok\n',
           'spelt-twice': b'caf\xe9\ncaf\\xe9\n', 'nothing': b'', 'lines': b'\n\n', 'gap': b'a\n\nb\n', 'twice': b'a\nb\na\n',
           'utf16': 'cat\ndog\n'.encode('utf-16'), 'delete': b'a\x7fb\n\xc2\x9b1m\n', 'escape': b'a\x1b[31m\n',
           'many': b''.join(b'%d\n' % i for i in range(201)), 'most': b''.join(b'%d\n' % i for i in range(200)), 'cut': b'a\nb',
           'surrogate': b'\xed\xa0\x80\n\xf4\x90\x80\x80\n'}

JSON = {'object': b'{"a": [1, 2.5e3, null, true, false, "x\\u00e9\\n"], "b": {}}', 'array': b'[[], {}, -0]', 'deep': b'[' * 9 + b']' * 9,
        'deepest': b'[' * 8 + b']' * 8, 'many': b'[' + b'1,' * 1000 + b'1]', 'twice': b'{"a": 1, "a": 2}', 'scalar': b'1',
        'text': b'"a"', 'nothing': b'', 'cut': b'{"a": ', 'trailing': b'{} x', 'nul': b'["a\\u0000"]', 'utf8': b'["\xff"]',
        'surrogate': b'["\\ud800"]', 'number': b'[1e999, 123456789012345678901234567890]', 'escape': b'["\\"]', 'brackets': b'["]}"]',
        'comma': b'[1,]', 'quote': b'["', 'closing': b']]{}'}

PICKLES = {
    'values': pickled(tuple_of(b'N\x88\x89K\1M\1\2J\1\2\3\4\x8a\1\2\x8a\0\x8a\x09123456789G' + struct.pack('>d', 0.5))),
    'texts': pickled(list_of(b'U\1aT\1\0\0\0aC\1aB\1\0\0\0a\x8c\1aX\1\0\0\0a\x8d\1\0\0\0\0\0\0\0a')),
    'tuples': pickled(b'K\1\x85K\2\x86K\3K\4\x87'),
    'list': pickled(b'](K\1K\2eK\3a'), 'dict': pickled(b'}(K\1K\2uK\3K\4s'),
    'memo': pickled(b']q\0Nr\1\1\0\0ah\0j\1\1\0\0\x94a'),
    'call': pickled(call('collections.OrderedDict', list_of(list_of(text('w'), number(1))))), 'tensor': pickled(tensor()),
    'persistent': pickled(persistent(number(1))), 'build': pickled(call('collections.OrderedDict') + b'}b'),
    'parameter': pickled(call('torch._utils._rebuild_parameter', tensor(), b'\x88', call('collections.OrderedDict'))),
    'stack-global': b'\x80\x04\x95' + bytes(8) + b'\x8c\x0bcollections\x8c\x0bOrderedDict\x93)R.',
    'inst': pickled(b'(icollections\nOrderedDict\n'), 'system': pickled(call('posix.system', text('id'))),
    'own': pickled(b']q\0h\0a'), 'empty-stack': b'\x80\2.', 'no-stop': b'\x80\2N', 'mark': b'\x80\2(.', 'unknown': b'\x80\2\xff.',
    'protocol': b'\x80\6N.', 'frame': b'\x80\4\x95\1\0\0\0\0\0\0\0N.', 'long4': pickled(b'\x8b\2\0\0\0ab'),
    'long-text': pickled(b'X\xff\xff\xff\x7fa'), 'memo-far': pickled(b'Nr\xff\xff\xff\x7f'), 'memo-none': pickled(b'h\7'),
    'odd-dict': pickled(b'}(K\1u'), 'append-none': pickled(b'NNa'), 'build-list': pickled(b'])b'), 'reduce-text': pickled(text('a') + b')R'),
    'storage': pickled(storage()), 'glob': pickled(glob('torch.FloatStorage')), 'no-newline': pickled(b'ctorch\nFloat'), 'nothing': b'',
    'memo-all': pickled(b']q\0' + b'N' * 300 + b'r\1\1\0\0h\0j\1\1\0\0\x94h\1\x94e'), 'memo-again': pickled(b'Nq\0\x88q\0h\0\x85'),
    'no-mark': pickled(b'Nt'), 'no-mark-list': pickled(b']Ne'), 'mark-list': pickled(b'((Ne'), 'bottom-list': pickled(b'(Ne'), 'list-mark': pickled(b'](a'),
    'tuple-few': pickled(b'N\x86'), 'tuple-mark': pickled(b'(\x85'), 'append-few': pickled(b'Na'), 'set-few': pickled(b']Ns'),
    'list-of-dict': pickled(b'}(Ne'), 'dict-of-list': pickled(b'](NNu'), 'set-list': pickled(b']NNs'), 'list-key': pickled(b'}(]Nu'), 'dict-key': pickled(b'}}Ns'),
    'call-name': pickled(glob('torch.FloatStorage') + b')R'), 'call-number': pickled(glob('collections.OrderedDict') + b'K\1R'),
    'dict-two': pickled(call('collections.OrderedDict', b']', b']')), 'dict-number': pickled(call('collections.OrderedDict', b'K\1')),
    'dict-single': pickled(call('collections.OrderedDict', list_of(b'K\1'))), 'dict-three': pickled(call('collections.OrderedDict', list_of(b'NNN\x87'))),
    'dict-key-list': pickled(call('collections.OrderedDict', list_of(b']N\x86'))), 'global-number': pickled(b'K\1K\2\x93'),
    'long-name': pickled(b'c' + b'a' * 300 + b'\nb\n'), 'long-names': b'\x80\x04X\x2c\1\0\0' + b'a' * 300 + b'X\1\0\0\0b\x93.',
    'nul': pickled(b'X\3\0\0\0a\0b'), 'utf8': pickled(b'X\1\0\0\0\xff'), 'dicts': pickled(dict_of((text('a'), dict_of((text('b'), b'N')))))}


def choices(seed, size):
    return bytes(random.Random(seed).randrange(256) for _ in range(size))


GRAMMAR = {f'{seed}': choices(seed, 40 + 20 * seed) for seed in range(24)}

ROW = [1.5, 0.25, 1.25, 0.5, 0.01]


def progress(columns, **changes):
    value = {'opt': 'sgd', 'batch': 16, 'epochs': 3, 'seed': 7, 'manifest': 99, 'epoch': 2, 'step': 1, 'count': 16, 'correct': 4, 'top5': 9,
             'loss': 12.5, 'steps': 5, 'updates': 5, 'last_good': 5, 'bad_steps': 0, 'best_sum': 77, 'best_epoch': 1, 'position': 0.5,
             'val_acc': 0.5, 'val_loss': 1.25, 'history': [[0.5] * columns] * 2,
             'skipped': {'rows': 'path,reason\na,b\n', 'images': [1, 3], 'damaged': {'rows': 'path,reason\nc,d\n', 'images': [0]}}}
    value.update(changes)
    return json.dumps({key: item for key, item in value.items() if item != 'absent'}).encode()


def progresses(columns):
    wrong = {'opt': 'adam', 'batch': 17, 'epochs': 4, 'seed': 8, 'manifest': 98, 'epoch': 5, 'step': -1, 'loss': 'x', 'position': 2, 'history': [],
             'skipped': {'rows': 1}, 'best_epoch': 2, 'best_sum': -2, 'val_acc': [], 'count': 1.5}
    out = {f'wrong-{key}': progress(columns, **{key: value}) for key, value in wrong.items()}
    out |= {f'without-{key}': progress(columns, **{key: 'absent'}) for key in ('best_sum', 'position', 'skipped', 'epoch', 'loss', 'history')}
    return out | {'right': progress(columns), 'first': progress(columns, epoch=1, best_epoch=0, history=[[0.5] * columns], val_acc=None, val_loss=None),
                  'done': progress(columns, epoch=4, step=0, best_epoch=3, history=[[0.5] * columns] * 3),
                  'begun': progress(columns, epoch=2, step=0, best_epoch=1), 'lost': progress(columns, best_epoch=0, best_sum=-1),
                  'far-image': progress(columns, skipped={'rows': 'r', 'images': [5]}), 'nan': progress(columns, loss=None),
                  'far-damaged': progress(columns, skipped={'rows': 'r', 'images': [1], 'damaged': {'rows': 'r', 'images': [5]}}),
                  'short-row': progress(columns, history=[[0.5] * columns, [0.5]]), 'text-in-row': progress(columns, history=[['x'] * columns] * 2),
                  'position-below': progress(columns, position=-0.5),
                  'no-images': progress(columns, skipped={'rows': '', 'images': []}), 'text': b'{', 'array': b'[]', 'nothing': b''}


def cifar(variety, names, parts, cut, labels, classes=b''):
    return bytes((variety | names << 1 | (parts - 1) << 2, cut, 0, 0)) + labels + classes


TEN = b''.join(b'%d\n' % i for i in range(10))
CIFAR = {'ten': cifar(0, 0, 2, 0, b'\0\1\2\3\4\5'), 'ten-names': cifar(0, 1, 2, 0, b'\0\1\2\3\4\5', TEN), 'few-names': cifar(0, 1, 1, 0, b'\0\1', b'a\nb\n'),
         'label': cifar(0, 0, 2, 0, b'\0\12\1\1'), 'cut': cifar(0, 0, 1, 3, b'\0\1'), 'nothing': cifar(0, 0, 1, 0, b''),
         'hundred': cifar(1, 0, 2, 0, bytes((0, 1, 0, 99, 1, 5, 2, 7))), 'hundred-label': cifar(1, 0, 1, 0, bytes((0, 100, 0, 1))),
         'hundred-names': cifar(1, 1, 1, 0, bytes((0, 1, 0, 2)), b''.join(b'n%d\n' % i for i in range(100))),
         'bad-names': cifar(0, 1, 2, 0, b'\0\1\2\3\4\5', b'a\n\n'), 'python-ten': b'\x08\0\0\0', 'python-hundred': b'\x09\0\0\0'}

ZIP = {name: content for name, content in pth_corpus.SEEDS.items() if name.startswith('zip')}
ZIP |= {'two': zipped(Entry('a', b'1'), Entry('b', b'22', crc=0)), 'empty': b'PK\5\6' + bytes(18), 'method': zipped(Entry('a', b'1', method=8)),
        'encrypted': zipped(Entry('a', b'1', flags=1)), 'names-differ': zipped(Entry('a', b'1', local_name=b'b')),
        'twice': zipped(Entry('a', b'1'), Entry('a', b'1')), 'offset': zipped(Entry('a', b'1', offset=10**9)), 'size': zipped(Entry('a', b'1', size=99, packed=99)),
        'extra': zipped(Entry('a', b'1', size=2**32 - 1, packed=2**32 - 1, extra=struct.pack('<HH', 1, 500))), 'nul': zipped(Entry(b'a\0b', b'1')),
        'nothing': b'', 'comment': zipped(Entry('a', b'1'), comment=b'made by hand'), 'disk': zipped(Entry('a', b'1'), disk=3),
        'directory': zipped(Entry('a', b'1'), directory=5), 'count': zipped(Entry('a', b'1'), count=3),
        'end64': zipped(Entry('a', b'1'), end64=struct.pack('<IIQI', 0x07064b50, 0, 2**63, 1)),
        'folder': zipped(Entry('a/', b''), Entry('a/b', b'1'))}


def zip64(mark=b'PK\6\6', size=44, count=1, local_count=1, bytes_=47, at=32, disk=0, disks=1, part=0, end=(0xffff, 2**32 - 1, 2**32 - 1)):
    """One entry, a zip64 record and its locator, and the end record that leaves the three numbers to them."""
    entry = Entry('a', b'1')
    record = mark + struct.pack('<QHHIIQQQQ', size, 45, 45, part, 0, local_count, count, bytes_, at)
    locator = struct.pack('<IIQI', 0x07064b50, disk, 79, disks)
    return (entry.local() + entry.central(0) + record + locator +
            struct.pack('<IHHHHIIH', 0x06054b50, 0, 0, end[0], end[0], end[1], end[2], 0))


TWO = zipped(Entry('a', b'1'), Entry('b', b'22'))
ZIP |= {'wide': zip64(), 'wide-mark': zip64(b'PK\6\7'), 'wide-size': zip64(size=45), 'wide-part': zip64(part=1), 'wide-disk': zip64(disk=1),
        'wide-disks': zip64(disks=2), 'wide-counts': zip64(local_count=2), 'wide-first': zip64(disk=0, local_count=1, count=10**8),
        'wide-many': zip64(count=10**8, local_count=10**8), 'wide-long': zip64(bytes_=2**64 - 10), 'wide-agreed': zip64(end=(1, 47, 32)),
        'wide-count-differs': zip64(end=(2, 47, 32)), 'wide-size-differs': zip64(end=(1, 48, 32)), 'wide-offset-differs': zip64(end=(1, 47, 33)),
        'wide-nowhere': struct.pack('<IIQI', 0x07064b50, 0, 0, 1) + b'PK\5\6' + bytes(18),
        'other-disk': zipped(Entry('a', b'1'), disk=0xffff), 'marks': zipped(Entry('a', b'1'), comment=b'PX\5\6PK\4\6PK\5\7PK\5'),
        'central-mark': TWO.replace(b'PK\1\2', b'PX\1\2', 1), 'central-kind': TWO.replace(b'PK\1\2', b'PK\1\3', 1),
        'central-first': TWO.replace(b'PK\1\2', b'QK\1\2', 1), 'local-mark': TWO.replace(b'PK\3\4', b'PK\3\5', 1),
        'local-kind': TWO.replace(b'PK\3\4', b'PX\3\4', 1), 'local-size': TWO.replace(struct.pack('<II', 1, 1), struct.pack('<II', 1, 2), 1),
        'long-name': TWO.replace(struct.pack('<HH', 1, 0) + bytes(2), struct.pack('<HH', 60000, 0) + bytes(2), 1),
        'local-method': TWO.replace(struct.pack('<IHHH', 0x04034b50, 20, 0, 0), struct.pack('<IHHH', 0x04034b50, 20, 0, 8), 1),
        'other-extra': zipped(Entry('a', b'1', extra=struct.pack('<HHH', 0x5455, 2, 7))),
        'short-extra': zipped(Entry('a', b'1', size=2**32 - 1, packed=2**32 - 1, extra=struct.pack('<HHI', 1, 4, 1))),
        'packed-alone': zipped(Entry('a', b'1', packed=2**32 - 1)), 'size-alone': zipped(Entry('a', b'1', size=2**32 - 1)),
        'offset-alone': zipped(Entry('a', b'1', offset=2**32 - 1)),
        'offset-wide': zipped(Entry('a', b'1', offset=2**32 - 1, extra=struct.pack('<HHQ', 1, 8, 0)))}



def chunk(kind, body, crc=None):
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body) if crc is None else crc)


def png(data, parts=1, crc=None, interlaced=0):
    """A 9 x 7 RGB picture with this compressed data."""
    size = max(1, len(data) // parts)
    pieces = [chunk(b'IDAT', data[i:i + size], crc) for i in range(0, len(data), size)]
    head = chunk(b'IHDR', struct.pack('>IIBBBBB', 9, 7, 8, 2, 0, 0, interlaced))
    return b'\x89PNG\r\n\x1a\n' + head + b''.join(pieces) + chunk(b'IEND', b'')


RAW = b''.join(b'\1' + bytes(x * y * 7 % 256 for x in range(27)) for y in range(7))
PACKED, STORED = zlib.compress(RAW, 9), zlib.compress(RAW, 0)
PNG = {'adler': png(PACKED[:-4] + b'abcd'), 'adler-parts': png(PACKED[:-4] + b'abcd', parts=5), 'no-adler': png(PACKED[:-4]),
       'cut-adler': png(PACKED[:-2]), 'crc': png(PACKED, crc=7), 'crc-adler': png(PACKED[:-4] + b'abcd', crc=7), 'no-end': png(PACKED)[:-12],
       'after': png(PACKED + b'trailing bytes'), 'long': png(zlib.compress(RAW + bytes(500))), 'stored': png(STORED[:-4] + b'abcd'),
       'cut-file': png(PACKED)[:-20], 'half-row': png(zlib.compress(RAW[:90])), 'three-rows': png(zlib.compress(RAW[:84])),
       'three-rows-parts': png(zlib.compress(RAW[:84]), parts=3), 'no-row': png(zlib.compress(b'')), 'interlaced': png(zlib.compress(bytes(60)), interlaced=1),
       'header': png(b'\x79' + PACKED[1:]), 'two-streams': png(PACKED + PACKED), 'end-crc': png(PACKED)[:-4] + b'abcd',
       'preset': png(b'\x78\xbb' + PACKED[2:]), 'three-rows-adler': png(zlib.compress(RAW[:84])[:-4] + b'abcd')}


def jpeg(frame, components=1, bits=8, height=8):
    """A frame of this kind with a single quantisation table, and the beginning of its scan."""
    parts = bytes(range(1, components + 1))
    segments = ((0xdb, b'\0' + b'\1' * 64), (frame, struct.pack('>BHHB', bits, height, 8, components) + b''.join(b'%c\x11\0' % i for i in parts)),
                (0xda, bytes((components,)) + b''.join(b'%c\0' % i for i in parts) + b'\0\x3f\0'))
    return b'\xff\xd8' + b''.join(b'\xff%c' % kind + struct.pack('>H', len(body) + 2) + body for kind, body in segments) + b'\0' * 16


JPEG = {f'frame-{frame:x}': jpeg(frame) for frame in (0xc0, 0xc3, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xcb, 0xcd, 0xce, 0xcf)}
JPEG |= {'two-components': jpeg(0xc0, 2), 'five-components': jpeg(0xc0, 5), 'twelve-bits': jpeg(0xc1, bits=12), 'no-height': jpeg(0xc0, height=0)}


TYPE = b'multipart/form-data; boundary=XX\n'
FILE = b'Content-Disposition: form-data; name="a"; filename="cat.jpg"\r\nContent-Type: image/jpeg\r\n'
MULTIPART = {'one': TYPE + b'--XX\r\n' + FILE + b'\r\nJPEG\r\n--XX--\r\n', 'empty-part': TYPE + b'--XX\r\n\r\n\r\n--XX--',
             'two': TYPE + b'--XX\r\n' + FILE + b'\r\n1\r\n--XX \t\r\ncontent-disposition: form-data; name=b\r\n\r\n2\r\n--XX--',
             'preamble': TYPE + b'words\r\n--XX\r\n\r\n1\r\n--XX--words', 'cut': TYPE + b'--XX\r\n' + FILE, 'no-end': TYPE + b'--XX\r\n\r\n1',
             'escapes': TYPE + b'--XX\r\nContent-Disposition: x; name="\\"\\\\;"; filename=\r\n\r\n1\r\n--XX--', 'end': TYPE + b'--XX--',
             'long-name': TYPE + b'--XX\r\nContent-Disposition: x; filename=' + b'n' * 300 + b'\r\n\r\n\r\n--XX--', 'nothing': b'', 'no-body': TYPE,
             'long-header': TYPE + b'--XX\r\nA: ' + b'h' * 8200 + b'\r\n\r\n\r\n--XX--', 'nul': TYPE + b'--XX\r\nA\0\r\n\r\n\r\n--XX--',
             'quoted': b'multipart/form-data; charset=x; boundary="a b"\n--a b\r\n\r\n1\r\n--a b--', 'no-boundary': b'multipart/form-data\n--',
             'long-boundary': b'multipart/form-data; boundary=' + b'b' * 71 + b'\n--', 'wrong-type': b'image/png\n--', 'no-value': b'multipart/form-data; boundary\n',
             'other-delimiter': TYPE + b'--XX\r\n\r\n1\r\n--XXa\r\n', 'no-delimiter': TYPE + b'words'}

REQUEST = {name: content for name, content in JSON.items() if name not in ('many', 'twice')}
REQUEST |= {'infer': b'{"id": "a", "inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": ["Zm9vYg=="]}]}',
            'pixels': b'{"inputs": [{"name": "pixels", "shape": [1, 1, 1, 3], "data": [[[[0, 128, 255]]]]}]}', 'base64': b'["Zm8=", "Z", "====", "a-b_"]',
            'escapes': b'["\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\ud55c\\ud83d\\ude00\\ud83d\\u0041\\uD83Dx"]', 'bad-hex': b'["\\u00g0"]',
            'short-hex': b'["\\u00', 'control': b'["\n"]', 'integers': b'[-1, 999999999999999, 0]', 'too-long': b'1234567890123456',
            'levels': b'[' * 32 + b']' * 32, 'too-deep': b'[' * 33 + b']' * 33, 'wrong-bracket': b'{"a": [}', 'no-colon': b'{"a" 1}', 'minus': b'-',
            'half-pair': b'["\\ud83d\\nabcdef", "\\ud83dabcdefg", "\\ud83d\\uf000", "\\udc00"]', 'nul-behind': b'5\0', 'signs': b'[-, 1.5, 1e5]',
            'numbers': b'[+1, 1/2, 1:2]', 'spaces': b'\t\r\n [\t1\r,\n2 ]'}

PNM = {'signs': b'P2 +2 1 255\n+3 -4\n', 'signs-16': b'P2 2 1 65535\n3 -4\n', 'signs-colour': b'P3 1 1 65535\n3 -4 5\n', 'bars': b'P2 2 1 2_55\n1_0 2_0\n',
       'bar-first': b'P2 _2 1 255\n1 2\n', 'bars-twice': b'P2 2 1 255\n1__0 2\n', 'bar-last': b'P2 2 1 255\n1_ 2\n', 'sign-alone': b'P2 - 1 255\n1 2\n',
       'sign-within': b'P2 2-2 1 255\n1 2\n', 'negative-width': b'P5 -2 1 255\n12', 'negative-height': b'P5 2 -1 255\n12', 'no-maxval': b'P5 2 1 0\n12',
       'long-number': b'P5 ' + b'0' * 40 + b'2 1 255\n12', 'comments-cr': b'P2#a\r2 #b\r1 255\n1 2\n', 'comment-open': b'P2 2 1 255\n1 #2',
       'too-large': b'P2 2 1 9\n1 12\n', 'word': b'P2 2 1 255\n1 x\n', 'repeated': b'P2 4 2 255\n1 2 3'}


def main():
    corpora = {'multipart': MULTIPART, 'request': REQUEST, 'exif': EXIF, 'classes': CLASSES, 'json': JSON, 'pickle': PICKLES, 'pickle_grammar': GRAMMAR, 'progress': progresses(5),
               'cifar': CIFAR, 'jpeg': JPEG, 'zip': ZIP, 'pnm': PNM, 'png': {f'damaged-{name}': content for name, content in PNG.items()}}
    for target, seeds in corpora.items():
        folder = pathlib.Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in seeds.items():
            (folder / name).write_bytes(content)


main()
