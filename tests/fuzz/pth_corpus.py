"""Writes the seeds of fuzz_pth: the three forms, small, with views, types, checkpoints; zips without checksums, so that a
changed byte gets past them.

    pth_corpus.py FOLDER
"""
import pathlib
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'hostile'))
from forms import (FLOATS, MAGIC, TAR_PARTS, Entry, call, dict_of, glob, list_of, number, persistent, pickled, pth, state,
                   storage, stream, system, tar, tensor, text, tuple_of, zipped)


def unsummed(pickle, *records, **more):
    entries = [Entry('a/data.pkl', pickle, crc=0)]
    entries += [Entry(f'a/data/{i}', content, crc=0) for i, content in enumerate(records)]
    return zipped(*entries, **more)


TYPES = {'Half': 2, 'BFloat16': 2, 'Double': 8, 'Long': 8, 'Int': 4, 'Short': 2, 'Char': 1, 'Byte': 1, 'Bool': 1}
VIEWS = dict_of((text('whole'), tensor()), (text('turned'), tensor(strides=(1, 2))), (text('part'), tensor(first=1, shape=(3,),
                strides=(1,))), (text('repeated'), tensor(shape=(5, 4), strides=(0, 1))), (text('one'), tensor(shape=(), strides=())),
                (text('none'), tensor(shape=(0, 3), strides=(3, 1))))
PARAMETER = call('torch._utils._rebuild_parameter', tensor(), b'\x88', call('collections.OrderedDict'))
CHECKPOINT = dict_of((text('epoch'), number(3)), (text('best'), b'G' + struct.pack('>d', 0.5)),
                     (text('state_dict'), call('collections.OrderedDict') + b'(' + text('module.w') + PARAMETER + b'u' +
                      dict_of((text('_metadata'), b'}')) + b'b'))
MEMO = b'}q\0(' + text('a') + b'q\1' + tensor(storage() + b'q\2') + text('b') + tensor(b'h\2') + b'u'
BYTES = tensor(storage('1', 'torch.ByteStorage', 3, (b'N',)), shape=(3,), strides=(1,))

SEEDS = {
    'zip': pth(state(tensor())),
    'zip-unsummed': unsummed(state(tensor()), FLOATS),
    'zip-views': unsummed(pickled(VIEWS), FLOATS),
    'zip-checkpoint': unsummed(pickled(CHECKPOINT), FLOATS),
    'zip-stride': unsummed(state(tensor(shape=(4, 1), strides=(1, 2**63 - 1))), FLOATS),
    'zip-stride-first': unsummed(state(tensor(shape=(1, 4), strides=(2**63 - 1, 1))), FLOATS),
    'zip-memo': unsummed(pickled(MEMO), FLOATS),
    'zip-python2': unsummed(pickled(call('collections.OrderedDict', list_of(list_of(b'U\1w', tensor())))), FLOATS),
    'zip-protocol4': unsummed(b'\x80\x04\x95' + bytes(8) + b'}\x94\x8c\x01w\x94' + tensor() + b's.', FLOATS),
    'zip-descriptor': zipped(Entry('a/data.pkl', state(tensor()), flags=8, crc=0), Entry('a/data/0', FLOATS, crc=0)),
    'zip-byteorder': pth(state(tensor()), more=(Entry('a/byteorder', b'little'),)),
    'zip64': pth(state(tensor()), more=(Entry('a/x', b'3\n', size=2**32 - 1, packed=2**32 - 1,
                                              extra=struct.pack('<HHQQ', 1, 16, 2, 2)),)),
    'stream': stream(),
    'stream-checkpoint': stream(
        pickle=pickled(dict_of((text('model'), VIEWS), (text('rng'), BYTES))), keys=pickled(list_of(text('0'), text('1'))),
        data=struct.pack('<q', 4) + FLOATS + struct.pack('<q', 3) + b'abc'),
    # a view of the first and the last of 2^38 floats, which are left out of the file
    'stream-sparse': stream(pickle=state(tensor(storage(count=2**38, more=(b'N',)), shape=(2, 1), strides=(2**38 - 1, 7))),
                            data=struct.pack('<q', 2**38)),
    'stream-view': stream(pickle=state(tensor(storage(more=(tuple_of(text('1'), number(1), number(3)),)), shape=(3,),
                                              strides=(1,)))),
    'tar': tar(),
    'tar-view': tar(storages=TAR_PARTS['storages'][:-4] + pickled(list_of(tuple_of(number(8), number(7), number(1),
                                                                                    number(3)))),
                    tensors=TAR_PARTS['tensors'], pickle=state(persistent(text('100')))),
}


def call_with(changes):
    """A tensor whose call has other arguments: {place: bytes}."""
    arguments = [storage(), number(0), tuple_of(number(4)), tuple_of(number(1)), b'\x89', call('collections.OrderedDict')]
    for place, content in changes.items():
        arguments[place] = content
    return call('torch._utils._rebuild_tensor_v2', *arguments)


def words(*more, kind='torch.FloatStorage', key=text('0'), count=number(4)):
    """A storage's name, any word of it wrong."""
    return persistent(tuple_of(text('storage'), glob(kind), key, text('cpu'), count, *more))


def by_words(where):
    """A state_dict whose tensor names that storage, as a stream: its storages may have views."""
    return stream(pickle=state(tensor(where, shape=(3,), strides=(1,))))


SIZE = call('torch.Size', tuple_of(number(2), number(2)))
TWO_KEYS = dict_of((text('a'), tensor(storage('10', more=(b'N',)))), (text('b'), tensor(storage('1', more=(b'N',)))))

SEEDS |= {
    # tensors beside values of other types
    'zip-metadata': unsummed(state(call('torch._utils._rebuild_tensor_v2', storage(), number(0), tuple_of(number(4)),
                                        tuple_of(number(1)), b'\x89', call('collections.OrderedDict'), b'}')), FLOATS),
    'zip-others': unsummed(pickled(dict_of((number(7), b'}'), (text('modem'), b'}'), (text('net'), b'}'), (text('size'), SIZE),
                                           (text('none'), call('torch._utils._rebuild_parameter')), (text('w'), tensor()))), FLOATS),
    'zip-outside': pth(state(tensor()), more=(Entry('readme', b'x'), Entry('b/data/0', b'y'))),
    'stream-two': stream(pickle=pickled(TWO_KEYS), keys=pickled(list_of(text('10'), text('1'))),
                         data=(struct.pack('<q', 4) + FLOATS) * 2),
    # what test_torch_pth.c expects to be refused, with its code
    'refused-shape-of-2-61': unsummed(state(tensor(shape=(2**61,), strides=(0,))), FLOATS),
    'refused-reach-of-2-64': unsummed(state(tensor(first=2**63 - 1, shape=(4, 2), strides=(2**62, 1))), FLOATS),
    'refused-shape-that-is-a-list': unsummed(state(call_with({2: list_of(number(4))})), FLOATS),
    'refused-shape-of-a-text': unsummed(state(call_with({2: tuple_of(text('4'))})), FLOATS),
    'refused-first-that-is-a-text': unsummed(state(call_with({1: text('0')})), FLOATS),
    'refused-storage-that-is-a-number': unsummed(state(call_with({0: number(0)})), FLOATS),
    'refused-storage-of-a-dict': unsummed(state(tensor(words(kind='collections.OrderedDict'))), FLOATS),
    'refused-storage-of-a-number': unsummed(state(tensor(words(key=number(0)))), FLOATS),
    'refused-storage-of-a-text-of-elements': unsummed(state(tensor(words(count=text('4')))), FLOATS),
    'refused-storage-of-another-word': unsummed(state(tensor(persistent(
        tuple_of(text('storagf'), glob('torch.FloatStorage'), text('0'), text('cpu'), number(4))))), FLOATS),
    'refused-key-of-257-bytes': unsummed(state(tensor(storage('7' * 257))), FLOATS),
    'refused-name-twice': unsummed(pickled(tensor() + b'q\2' + text('w') + b'q\1}(h\1h\2h\1h\2u'), FLOATS),
    'refused-view-of-one-word': by_words(words(tuple_of(text('1')))),
    'refused-view-of-two-words': by_words(words(tuple_of(text('1'), number(1)))),
    'refused-view-from-minus-one': by_words(words(tuple_of(text('1'), number(-1), number(3)))),
    'refused-view-of-minus-one': by_words(words(tuple_of(text('1'), number(1), number(-1)))),
    'refused-magic-of-nothing': stream(head=MAGIC[:-1] + b'N.' + pickled(number(1001)) + system()),
    'refused-magic-of-11-bytes': stream(head=MAGIC[:-1] + b'\x8a\x0b' + MAGIC[4:-1] + b'\1.' + pickled(number(1001)) + system()),
    'refused-version-of-a-text': stream(head=MAGIC + pickled(text('1001')) + system()),
    'refused-order-that-is-a-number': stream(head=MAGIC + pickled(number(1001)) + system(little=number(1))),
    'refused-stream-of-a-number': stream(pickle=state(number(1)), keys=pickled(b']'), data=b''),
    'refused-stream-of-a-key': stream(pickle=state(number(1))),
    'refused-mention-of-a-number': stream(pickle=state(tensor(persistent(number(0))))),
    'refused-mention-of-257-bytes': stream(pickle=state(tensor(storage('7' * 257, more=(b'N',))))),
    'refused-key-with-NUL': stream(pickle=state(tensor(storage('a\0', more=(b'N',)))), keys=pickled(list_of(text('a\0')))),
    'refused-storage-of-two-counts': stream(pickle=pickled(dict_of((text('v'), tensor(storage(more=(b'N',)))),
                                                                   (text('w'), tensor(storage(count=5, more=(b'N',))))))),
    'refused-count-of-2-62-doubles': stream(pickle=state(tensor(storage(kind='torch.DoubleStorage', count=2**62, more=(b'N',)))),
                                            data=struct.pack('<q', 2**62)),
    'refused-mark': b'(lp0\n.',
}
for kind, size in TYPES.items():
    SEEDS[f'zip-{kind}'] = unsummed(state(tensor(storage(kind=f'torch.{kind}Storage'))), bytes(range(4 * size)))


def main():
    for name, content in SEEDS.items():
        pathlib.Path(sys.argv[1], name).write_bytes(content)


if __name__ == '__main__':
    main()
