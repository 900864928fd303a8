#!/usr/bin/env python3
"""Model files of about a kilobyte whose networks ask for a great deal of memory: each is refused by its size, in one line with
both numbers, with exit status 5, before the memory is taken.

    nets.py LINNET [NAME...]
"""
import json
import os
import re
import struct
import sys
import tempfile
import zlib

import measured

SECONDS_MAX, MEGABYTES_MAX = 2, 256
UNTIMED = bool(os.environ.get('LINNET_UNTIMED'))
HEAD = ('p = adaptive_avgpool(%s) out=1', 'f = flatten(p)', 'l = linear(f) out=2', 'output l')
CASES = {}  # name: (code, words, commands, the file's bytes)
USE = ('summary FILE', 'bench FILE', 'predict FILE PICTURE')


def model(shape, lines, tensors):
    """A model file of two classes with weights of zeros."""
    channels, height, width = shape
    text = 'linnet 1\ninput %dx%dx%d\n' % shape + '\n'.join(lines) + '\n'
    preprocess = {'width': width, 'height': height, 'channels': channels, 'resize': 0, 'interpolation': 'bilinear',
                  'mean': [0.5] * channels, 'std': [0.5] * channels}
    header = {'__metadata__': {'format': 'pt', 'linnet.arch': 'own', 'linnet.classes': '["a", "b"]', 'linnet.net': text,
                               'linnet.preprocess': json.dumps(preprocess)}}
    at = 0
    for name, sizes in tensors.items():
        count = 4
        for size in sizes:
            count *= size
        header[name] = {'dtype': 'F32', 'shape': sizes, 'data_offsets': [at, at + count]}
        at += count
    head = json.dumps(header).encode()
    head += b' ' * (-len(head) % 8)
    return struct.pack('<Q', len(head)) + head + bytes(at)


def case(name, code, words, commands, shape, layers=(), tensors=None):
    """The layers, then a head that averages the last of them."""
    last = layers[-1].split(' ')[0] if layers else 'input'
    channels = tensors['c.weight'][0] if tensors else shape[0]
    weights = {**(tensors or {}), 'l.weight': [2, channels], 'l.bias': [2]}
    lines = [*layers, HEAD[0] % last, *HEAD[1:]]
    CASES[name] = (code, words, commands, model(shape, lines, weights))


def conv(out, inputs=1, kernel=1):
    return {'c.weight': [out, inputs, kernel, kernel], 'c.bias': [out]}


case('an input of 1x4096x4096', 'net-size', 'has 16777216 numbers; the limit is 16000000', USE, (1, 4096, 4096))
case('an input of 1x65536x65536', 'net-size', 'has 4294967296 numbers; the limit is 16000000', USE, (1, 65536, 65536))
case('an input of 4096x65536x65536', 'net-size', 'has 17592186044416 numbers', USE, (4096, 65536, 65536))
case('a layer of 2^27 numbers', 'net-size', 'c: the output of one image [1, 128, 1024, 1024] has 134217728 numbers', USE,
     (1, 1024, 1024), ('c = conv(input) out=128 kernel=1',), conv(128))
case('padding of 1024', 'net-size', 'c: the output of one image [1, 128, 2070, 2070] has', USE,
     (1, 23, 23), ('c = conv(input) out=128 kernel=2 padding=1024',), conv(128, kernel=2))
case('many images of 2^26 numbers', 'plan-memory', 'at batch 65536 needs 17', ('bench FILE --batch 65536',),
     (1, 1024, 1024), ('c = conv(input) out=64 kernel=1',), conv(64))


def picture():
    """A grey PNG of 2 x 2."""
    def chunk(kind, body):
        return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 2, 2, 8, 0, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(b'\0ab\0cd')) + chunk(b'IEND', b''))


def check(linnet, name, folder):
    code, words, commands, content = CASES[name]
    path = f'{folder}/model.safetensors'
    with open(path, 'wb') as out:
        out.write(content)
    good = True
    for command in commands:
        files = {'FILE': path, 'PICTURE': f'{folder}/data/a/1.png', 'DATA': f'{folder}/data'}
        status, out, err, seconds, megabytes = measured.run([linnet, *(files.get(word, word) for word in command.split())])
        err = err.decode()
        problems = []
        if status != 5 or out:
            problems.append(f'status {status}, {len(out)} bytes on stdout')
        if not re.fullmatch(rf'linnet: [\x20-\x7e]+ \[{code}\]\n', err) or words not in err:
            problems.append(f'not one line with {words!r} and [{code}]')
        if not UNTIMED and (seconds > SECONDS_MAX or megabytes > MEGABYTES_MAX):
            problems.append(f'{seconds:.1f} s, {megabytes:.0f} MB')
        if problems:
            print(f'{name}: {command}: {"; ".join(problems)}\n    {err}')
            good = False
    return good


def main():
    linnet, names = os.path.abspath(sys.argv[1]), sys.argv[2:] or list(CASES)
    with tempfile.TemporaryDirectory() as folder:
        for name in 'ab':
            os.makedirs(f'{folder}/data/{name}')
        os.chdir(folder)
        good = sum(check(linnet, name, folder) for name in names)
    if UNTIMED:
        print('skipped: limits of time and memory, under a sanitizer or without optimisation')
    print(f'{good} of {len(names)} networks refused as they should be')
    sys.exit(good != len(names))


main()
