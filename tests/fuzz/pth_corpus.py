"""Writes the seeds of fuzz_pth: the three forms, small, with views, types, checkpoints; zips without checksums, so that a
changed byte gets past them.

    pth_corpus.py FOLDER
"""
import pathlib
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'hostile'))
from forms import (FLOATS, TAR_PARTS, Entry, call, dict_of, list_of, number, persistent, pickled, pth, state, storage, stream,
                   tar, tensor, text, tuple_of, zipped)


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
for kind, size in TYPES.items():
    SEEDS[f'zip-{kind}'] = unsummed(state(tensor(storage(kind=f'torch.{kind}Storage'))), bytes(range(4 * size)))


def main():
    for name, content in SEEDS.items():
        pathlib.Path(sys.argv[1], name).write_bytes(content)


if __name__ == '__main__':
    main()
