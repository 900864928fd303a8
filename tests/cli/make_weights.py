"""Writes a resnet18-f37072fd.pth of 20 KB, with which fetching can be tested: torchvision's names and shapes, a few repeated
numbers in each tensor, and a SHA-256 that begins with the digits in the name, like the true file's.

    make_weights.py FILE

The zip's comment ends in eight bytes that were found by trial: one number in 2^32 gives the wanted digits.
"""
import hashlib
import pathlib
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'hostile'))
from forms import Entry, dict_of, pickled, storage, tensor, text, zipped

DIGITS, FOUND = 'f37072fd', 962041859
VALUES = (0.0, 0.01, 1.0)
ZERO, SMALL, ONE = range(3)


def repeated(shape, value):
    return tensor(storage('0', count=len(VALUES)), first=value, shape=shape, strides=(0,) * len(shape))


def norm(name, channels):
    yield f'{name}.weight', repeated((channels,), ONE)
    yield f'{name}.bias', repeated((channels,), ZERO)
    yield f'{name}.running_mean', repeated((channels,), ZERO)
    yield f'{name}.running_var', repeated((channels,), ONE)
    yield f'{name}.num_batches_tracked', tensor(storage('1', 'torch.LongStorage', 1), shape=(), strides=())


def convolution(name, norm_name, out, channels, kernel):
    yield f'{name}.weight', repeated((out, channels, kernel, kernel), SMALL)
    yield from norm(norm_name, out)


def resnet18():
    yield from convolution('conv1', 'bn1', 64, 3, 7)
    channels = 64
    for stage, out in enumerate((64, 128, 256, 512), 1):
        for block in range(2):
            name = f'layer{stage}.{block}'
            yield from convolution(f'{name}.conv1', f'{name}.bn1', out, channels, 3)
            yield from convolution(f'{name}.conv2', f'{name}.bn2', out, out, 3)
            if channels != out:
                yield from convolution(f'{name}.downsample.0', f'{name}.downsample.1', out, channels, 1)
            channels = out
    yield 'fc.weight', repeated((1000, 512), SMALL)
    yield 'fc.bias', repeated((1000,), ZERO)


def content(found):
    """Pads so that the number lies in the last block that SHA-256 processes."""
    entries = (Entry('resnet18/data.pkl', pickled(dict_of(*((text(name), value) for name, value in resnet18())))),
               Entry('resnet18/data/0', struct.pack('<3f', *VALUES)), Entry('resnet18/data/1', struct.pack('<q', 7)),
               Entry('resnet18/version', b'3\n'))
    padding = (32 - len(zipped(*entries))) % 64
    return zipped(*entries, comment=b'.' * padding + struct.pack('<Q', found))


def main():
    data = content(FOUND)
    assert hashlib.sha256(data).hexdigest().startswith(DIGITS), 'another file than that for which the number was found'
    pathlib.Path(sys.argv[1]).write_bytes(data)


main()
