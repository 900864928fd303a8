"""Hostile and damaged .pth files: exit status 3, one line on stderr with the right code, nothing on stdout, no system call
beyond reading, bounded time and memory.

    pth.py LINNET              runs them all
    pth.py LINNET NAME         one
    pth.py --write FOLDER      leaves the files there, to look at or to seed a fuzzer

The time limit of ctest stops a program that hangs.
"""
import os
import re
import shutil
import struct
import sys
import tempfile
import zlib

import measured
from forms import (FLOATS, MAGIC, PROTO, TAR_PARTS, Entry, call, dict_of, glob, list_of, member, number, persistent, pickled,
                   pth, state, storage, stream, system, tar, tensor, text, tuple_of, zipped)

GOOD = state(tensor())
UNTIMED = bool(os.environ.get('LINNET_UNTIMED'))
SECONDS_MAX, MEGABYTES_MAX = 2, 256

CASES = {}


def case(name, code, content, *words):
    assert name not in CASES, name
    CASES[name] = (code, content, words)


# ---- pickles that try to run code ----

for evil in ('posix.system', 'os.system', 'nt.system', 'builtins.eval', 'builtins.exec', 'builtins.getattr',
             '__builtin__.eval', 'subprocess.Popen', 'importlib.import_module', 'torch.load', 'torch.hub.load',
             'torch._utils._rebuild_tensor_v3', 'numpy.core.multiarray._reconstruct', 'torch.nn.modules.linear.Linear'):
    case(f'reduce {evil}', 'pth-global', pth(pickled(call(evil, text('id')))), f"global '{evil}' is not tensor data")
case('posix.system at its byte', 'pth-global', pth(pickled(b'N' * 35 + call('posix.system', text('id')))),
     "data.pkl byte 37: global 'posix.system' is not tensor data; refused, nothing was run")
case('stack_global', 'pth-global', pth(b'\x80\x04' + b'\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.'), "'posix.system'")
case('stack_global of numbers', 'pth-global', pth(pickled(number(1) + number(2) + b'\x93')))
case('inst', 'pth-global', pth(b'(X\2\0\0\0idiposix\nsystem\n.'), "'posix.system'")
case('inst of an allowed name', 'pth-opcode', pth(pickled(b'(icollections\nOrderedDict\n')))
case('obj', 'pth-global', pth(pickled(b'(' + glob('posix.system') + text('id') + b'o')))
case('obj of an allowed name', 'pth-opcode', pth(pickled(b'(' + glob('collections.OrderedDict') + b'o')))
case('newobj', 'pth-opcode', pth(pickled(glob('collections.OrderedDict') + b')\x81')))
case('newobj_ex', 'pth-opcode', pth(b'\x80\x04' + glob('collections.OrderedDict') + b')}\x92.'))
case('build of a type', 'pth-build', pth(pickled(glob('torch.FloatStorage') + dict_of((text('x'), number(1))) + b'b')))
case('build of a tensor', 'pth-build', pth(pickled(tensor() + dict_of((text('__class__'), number(1))) + b'b')))
for opcode, name in ((b'\x82\1', 'ext1'), (b'\x83\1\0', 'ext2'), (b'\x84\1\0\0\0', 'ext4'), (b'P0\n', 'persid'),
                     (b'I1\n', 'int as text'), (b'F1\n', 'float as text'), (b"S'x'\n", 'string as text'),
                     (b'V x\n', 'unicode as text'), (b'g0\n', 'get as text'), (b'2', 'dup'), (b'\x8f', 'set'),
                     (b'\x97', 'next_buffer'), (b'\xff', '0xff'), (b'\0', 'nul')):
    case(f'opcode {name}', 'pth-opcode', pth(pickled(opcode)))
case('attribute of an allowed name', 'pth-global',
     pth(pickled(call('torch._utils._rebuild_tensor_v2.__globals__', text('x')))))
case('a global that is not printable', 'pth-global', pth(PROTO + b'cposix\x1b[31m\nsys\xfftem\n.'), r'posix\x1b[31m.sys\xfftem')
case('a global without end', 'pth-global', pth(PROTO + b'c' + b'a' * 100000 + b'\n\n.'))
case('a global of a long name', 'pth-global', pth(b'\x80\x04' + text('a' * 5000) + text('b') + b'\x93.'))
case('call of a type', 'pth-reduce', pth(pickled(call('torch.FloatStorage', number(3)))))
case('call of a number', 'pth-reduce', pth(pickled(number(3) + b')R')))
case('call with a list', 'pth-reduce', pth(pickled(glob('collections.OrderedDict') + b']R')))
case('OrderedDict of a number', 'pth-reduce', pth(pickled(call('collections.OrderedDict', number(5)))))
case('OrderedDict of no pairs', 'pth-reduce', pth(pickled(call('collections.OrderedDict', list_of(tuple_of(number(1)))))))

# ---- pickles that try to break or exhaust the stack machine ----

case('get what was never put', 'pth-memo', pth(pickled(b'h\7')))
case('long get', 'pth-memo', pth(pickled(b'j\xff\xff\xff\xff')))
case('long put', 'pth-memo', pth(pickled(b'Nr\xff\xff\xff\x7f')))
case('put of nothing', 'pth-stack', pth(pickled(b'q\0')))
case('put of a mark', 'pth-stack', pth(pickled(b'(q\0')))
case('stop without a value', 'pth-stack', pth(pickled(b'')))
case('stop on a mark', 'pth-stack', pth(pickled(b'(')))
case('tuple without a mark', 'pth-stack', pth(pickled(b'Nt')))
case('tuple of three of two', 'pth-stack', pth(pickled(b'NN\x87')))
case('tuple over a mark', 'pth-stack', pth(pickled(b'N(N\x86')))
case('a key without value', 'pth-stack', pth(pickled(b'}(Nu')))
case('items without a dict', 'pth-stack', pth(pickled(b'N(NNu')))
case('items on a bare mark', 'pth-stack', pth(pickled(b'(NNu')))
case('append to a number', 'pth-stack', pth(pickled(number(1) + b'Na')))
case('append to nothing', 'pth-stack', pth(pickled(b'Na')))
case('setitem on a tuple', 'pth-stack', pth(pickled(b')NNs')))
case('appends to a dict', 'pth-stack', pth(pickled(b'}(Ne')))
case('reduce of nothing', 'pth-stack', pth(pickled(b'R')))
case('persistent nothing', 'pth-stack', pth(pickled(b'Q')))
case('no stop', 'pth-truncated', pth(PROTO + b'}'))
case('empty pickle', 'pth-truncated', pth(b''))
case('text of 4 GiB', 'pth-truncated', pth(PROTO + b'X\xff\xff\xff\xffabc.'))
case('text of 2^63', 'pth-truncated', pth(b'\x80\x04\x8d' + struct.pack('<Q', 2**63) + b'abc.'))
case('text of 2^64 - 1', 'pth-truncated', pth(b'\x80\x04\x8d' + b'\xff' * 8 + b'abc.'))
case('long of 4 GiB', 'pth-truncated', pth(PROTO + b'\x8b\xff\xff\xff\xffabc.'))
case('long cut', 'pth-truncated', pth(PROTO + b'\x8a\x09abc'))
case('protocol 255', 'pth-opcode', pth(b'\x80\xff}.'))
case('three million values', 'pth-limit', pth(pickled(b'N' * 3_000_000)))
case('three million marks', 'pth-limit', pth(pickled(b'(' * 3_000_000)))
case('a list copied into dicts', 'pth-limit',
     pth(pickled(list_of(*[b'NN\x86'] * 100_000) + b'q\1' +
                 (glob('collections.OrderedDict') + b'h\1\x85R') * 100)))
case('half a million names of one dict', 'pth-empty',
     pth(pickled(text('model') + b'q\1' + b'}q\2(' + b'h\1N' * 400_000 + b'u' + b'}(' + b'h\1h\2' * 400_000 + b'u')))
case('a million tuples deep', 'pth-empty', pth(pickled(b')' + b'\x85' * 1_000_000)))
case('a list in itself', 'pth-empty', pth(pickled(b']q\1h\1a')))
case('a dict in itself', 'pth-empty', pth(pickled(b'}q\1(' + text('state_dict') + b'h\1u')))
case('two dicts in each other', 'pth-empty',
     pth(pickled(b'}q\1' + text('model') + b'}q\2' + text('net') + b'h\1ss')))
nested = tensor()
for _ in range(9):
    nested = call('torch._utils._rebuild_parameter', nested, b'\x88', b'}')
case('parameters in parameters', 'pth-empty', pth(state(nested)))
case('a global alone', 'pth-empty', pth(pickled(glob('torch.FloatStorage'))))
case('a number alone', 'pth-empty', pth(pickled(number(1))))
case('an empty dict', 'pth-empty', pth(pickled(b'}')))
case('bytes behind the stop', 'pth-trailing', pth(GOOD + b'cposix\nsystem\n.'))

# ---- tensors with false claims ----

W = "'w'"
case('shape is no tuple', 'pth-tensor',
     pth(state(call('torch._utils._rebuild_tensor_v2', storage(), number(0), number(4), tuple_of(number(1))))), W)
case('too few arguments', 'pth-tensor', pth(state(call('torch._utils._rebuild_tensor_v2', storage()))), W)
case('no arguments', 'pth-tensor', pth(state(call('torch._utils._rebuild_tensor_v2'))), W)
case('negative dimension', 'pth-tensor', pth(state(tensor(shape=(-2, 2)))), W)
case('negative stride', 'pth-tensor', pth(state(tensor(first=3, strides=(-2, -1)))), W)
case('negative place', 'pth-tensor', pth(state(tensor(first=-1))), W)
case('nine dimensions', 'pth-tensor', pth(state(tensor(shape=(1,) * 9, strides=(1,) * 9))), W)
case('more strides than dimensions', 'pth-tensor', pth(state(tensor(shape=(4,), strides=(2, 1)))), W)
case('a text for a storage', 'pth-tensor', pth(state(tensor(where=text('0')))), W)
case('a storage named by a number', 'pth-tensor', pth(state(tensor(where=persistent(number(0))))), W)
case('a storage named by a short tuple', 'pth-tensor', pth(state(tensor(where=persistent(tuple_of(text('storage')))))), W)
case('a module for a storage', 'pth-tensor',
     pth(state(tensor(where=persistent(tuple_of(text('module'), glob('torch.FloatStorage'), text('0'), b'N', number(4)))))), W)
case('a storage of a negative count', 'pth-tensor', pth(state(tensor(storage(count=-4)))), W)
case('shape beyond any memory', 'pth-shape', pth(state(tensor(shape=(2**62, 2**62), strides=(0, 0)))), W)
case('no elements of a contiguous shape beyond any memory', 'pth-stride',
     pth(state(tensor(first=5, shape=(0, 2**62, 2**62), strides=(2**62, 2**62, 1)))), W)
case('strides beyond any memory', 'pth-stride', pth(state(tensor(shape=(2**40, 2), strides=(2**60, 1)))), W)
case('a view beyond the end', 'pth-stride', pth(state(tensor(first=1))), W)
case('a stride beyond the end', 'pth-stride', pth(state(tensor(strides=(3, 1)))), W)
case('a place of 2^62', 'pth-stride', pth(state(tensor(first=2**62))), W)
case('an expanded bomb', 'pth-stride', pth(state(tensor(shape=(2**31, 120), strides=(0, 0)))), W)
case('more than the storage has', 'pth-storage-size',
     pth(state(tensor(storage('7', count=256), shape=(32, 32), strides=(32, 1)), name='fc.weight'), data=bytes(1024), key='7'),
     "'fc.weight': storage '7' has 1024 bytes, float32[32,32] needs 4096")
case('a record too short', 'pth-storage-size', pth(GOOD, data=FLOATS[:12]), W)
case('a record too long', 'pth-storage-size', pth(GOOD, data=FLOATS * 2), W)
case('half floats that are floats', 'pth-storage-size', pth(state(tensor(storage(kind='torch.HalfStorage')))), W)
case('a count of 2^61', 'pth-storage-size', pth(state(tensor(storage(count=2**61)))), W)
case('a count of 2^62 doubles', 'pth-storage-size', pth(state(tensor(storage(kind='torch.DoubleStorage', count=2**62)))), W)
case('a type that is not read', 'pth-global', pth(state(tensor(storage(kind='torch.ComplexFloatStorage')))))
case('a storage that is not there', 'pth-storage', pth(state(tensor(storage('1')))), "storage '1'")
case('a storage outside', 'pth-storage', pth(state(tensor(storage('../../../etc/passwd')))), '../../../etc/passwd')
case('a storage of a key with NUL', 'pth-storage', pth(state(tensor(storage('0\0')))))
case('two tensors of one name', 'pth-duplicate', pth(pickled(dict_of((text('w'), tensor()), (text('w'), tensor())))), W)
case('a name with NUL', 'pth-name', pth(state(tensor(), name='w\0')))
case('a number for a name', 'pth-name', pth(pickled(dict_of((number(3), tensor())))))
case('a name that is not printable', 'pth-tensor', pth(state(tensor(shape=(-1, 2)), name=b'\x1b]0;x\x07')),
     r'\x1b]0;x\x07')
case('a name of a million letters', 'pth-name', pth(state(tensor(), name='w' * 1_000_000)), '...', '1000000 bytes; the limit is 4096')
case('a name of 4097 letters', 'pth-name', pth(state(tensor(), name='w' * 4097)), '4097 bytes; the limit is 4096')
case('a long name fetched 130,000 times', 'pth-name',
     pth(pickled(text('w' * 500_000) + b'q\1' + tensor() + b'q\2}(' + b'h\1h\2' * 130_000 + b'u')))
case('a name fetched 130,000 times', 'pth-duplicate',
     pth(pickled(text('w' * 4096) + b'q\1' + tensor() + b'q\2}(' + b'h\1h\2' * 130_000 + b'u')))
case('a tensor under 140,000 names', 'pth-limit',
     pth(pickled(tensor() + b'q\2}(' + b''.join(text(f'{i}') + b'h\2' for i in range(140_000)) + b'u')), 'more than 131072')
case('a long key fetched 100,000 times', 'pth-limit',
     pth(pickled(text('7' * 60_000) + b'q\3' + tensor(persistent(tuple_of(
         text('storage'), glob('torch.FloatStorage'), b'h\3', text('cpu'), number(4)))) + b'q\2}(' +
                 b''.join(text(f'{i}') + b'h\2' for i in range(100_000)) + b'u'), key='7' * 60_000), '60000 bytes; the limit is 256')
case('a long key in the zip', 'pth-limit', pth(GOOD, more=(Entry('a/data/' + '7' * 257, FLOATS),)), '257 bytes; the limit is 256')

# ---- zips ----

case('cut in half', 'pth-zip-end', pth(GOOD)[:len(pth(GOOD)) // 2])
case('cut by a byte', 'pth-zip-end', pth(GOOD)[:-1])
case('a byte more', 'pth-zip-end', pth(GOOD) + b'x')
case('only a mark', 'pth-zip-end', b'PK\3\4')
case('one part of several', 'pth-zip-end', pth(GOOD, disk=3))
case('directory elsewhere', 'pth-zip-end', pth(GOOD, directory=5))
case('directory beyond the end', 'pth-zip-end', pth(GOOD, directory=0xfffffff0))
case('a zip before the zip', 'pth-zip-end', pth(GOOD) + pth(GOOD))
case('an end record in the comment', 'pth-zip-end', pth(GOOD, comment=b'PK\5\6' + bytes(16) + struct.pack('<H', 0)))
case('compressed', 'pth-zip-method',
     zipped(Entry('a/data.pkl', zlib.compress(GOOD)[2:-4], method=8, size=len(GOOD), crc=zlib.crc32(GOOD))))
case('stored, of two sizes', 'pth-zip-method', zipped(Entry('a/data.pkl', GOOD, size=len(GOOD) + 1)))
case('encrypted', 'pth-zip-method', zipped(Entry('a/data.pkl', GOOD, flags=1)))
case('wrong CRC of the pickle', 'pth-zip-crc', zipped(Entry('a/data.pkl', GOOD, crc=123), Entry('a/data/0', FLOATS)))
case('overlapping', 'pth-zip-overlap',
     zipped(Entry('a/data.pkl', GOOD), Entry('a/data/0', FLOATS, local_name=b'a/data/0'),
            Entry('a/data/0', FLOATS, offset=None), Entry('a/data/0', FLOATS, offset=31 + len('a/data.pkl') - 1 + len(GOOD))))
case('two of one name', 'pth-zip-duplicate',
     zipped(Entry('a/data.pkl', GOOD), Entry('a/data/0', FLOATS), Entry('a/data/0', FLOATS)))
case('two objects', 'pth-form', zipped(Entry('a/data.pkl', GOOD), Entry('b/data.pkl', GOOD), Entry('a/data/0', FLOATS)))
case('no object', 'pth-form', zipped(Entry('a/data/0', FLOATS)))
case('an object too deep', 'pth-form', zipped(Entry('a/b/data.pkl', GOOD)))
case('an empty zip', 'pth-form', b'PK\5\6' + bytes(18))
case('a zip in the zip', 'pth-opcode', zipped(Entry('a/data.pkl', pth(GOOD))))
case('big-endian', 'pth-endian', pth(GOOD, more=(Entry('a/byteorder', b'big'),)))
case('a byte order of any length', 'pth-endian', pth(GOOD, more=(Entry('a/byteorder', b'little' * 100),)))
case('headers that disagree in name', 'pth-zip-entry', zipped(Entry('a/data.pkl', GOOD, local_name=b'a/data.pkx')))
case('headers that disagree in length', 'pth-zip-entry', zipped(Entry('a/data.pkl', GOOD, local_name=b'a/data.pk')))
case('a header outside', 'pth-zip-entry', zipped(Entry('a/data.pkl', GOOD, offset=10**9)))
case('a header in the directory', 'pth-zip-entry', zipped(Entry('a/data.pkl', GOOD, offset=30 + 10 + len(GOOD))))
case('bytes beyond the directory', 'pth-zip-entry', zipped(Entry('a/data.pkl', GOOD, size=10**6, packed=10**6)))
case('zip64 without its numbers', 'pth-zip-entry', zipped(Entry('a/data.pkl', GOOD, size=2**32 - 1, packed=2**32 - 1)))
case('zip64 numbers of 2^64', 'pth-zip-entry',
     zipped(Entry('a/data.pkl', GOOD, size=2**32 - 1, packed=2**32 - 1,
                  extra=struct.pack('<HHQQ', 1, 16, 2**64 - 1, 2**64 - 1))))
case('an extra field that is cut', 'pth-zip-entry',
     zipped(Entry('a/data.pkl', GOOD, size=2**32 - 1, packed=2**32 - 1, extra=struct.pack('<HH', 1, 500))))
case('an entry on another disk', 'pth-zip-entry', zipped(Entry('a/data.pkl', GOOD, disk=5), Entry('a/data/0', FLOATS)))
case('a name with NUL in the zip', 'pth-zip-entry', zipped(Entry(b'a/data.pkl\0x', GOOD)))
case('more entries than there are', 'pth-zip-entry', pth(GOOD, count=3))
case('entries without room', 'pth-zip-entry', pth(GOOD, count=60000))
case('zip64 record outside', 'pth-zip-end', pth(GOOD, end64=struct.pack('<IIQI', 0x07064b50, 0, 2**63, 1)))
case('zip64 record that is none', 'pth-zip-end', pth(GOOD, end64=bytes(56) + struct.pack('<IIQI', 0x07064b50, 0, 0, 1)))
END64 = (len(pth(GOOD)) - 22, struct.unpack('<I', pth(GOOD)[-10:-6])[0], struct.unpack('<I', pth(GOOD)[-6:-2])[0])
case('a hundred thousand entries', 'pth-zip-limit',
     pth(GOOD, count=0xffff, end64=struct.pack('<IQHHIIQQQQ', 0x06064b50, 44, 45, 45, 0, 0, 10**5, 10**5, END64[1], END64[2])
         + struct.pack('<IIQI', 0x07064b50, 0, len(pth(GOOD)) - 22, 1)), 'entries')

# ---- what PyTorch refuses too, found by differential.py ----

case('a name that is not UTF-8', 'pth-text', pth(pickled(b'}' + text(b'w\xff') + tensor() + b's')), 'byte 3: a text of 2 bytes')
case('a name of half a character', 'pth-text', pth(pickled(b'}\x8c\1\xc3' + tensor() + b's')))
case('the second way to make a tensor, without its last arguments', 'pth-tensor',
     pth(pickled(b'}' + text('w') + call('torch._utils._rebuild_tensor_v2', storage(), number(0), tuple_of(number(4)),
                                         tuple_of(number(1))) + b's')), 'has 4 arguments')
case('the first way to make a tensor, with more arguments', 'pth-tensor',
     pth(pickled(b'}' + text('w') + call('torch._utils._rebuild_tensor', storage(), number(0), tuple_of(number(4)),
                                         tuple_of(number(1)), b'N', b'N') + b's')), 'has 6 arguments')

case('a tensor that may be trained perhaps', 'pth-tensor',
     pth(pickled(b'}' + text('w') + call('torch._utils._rebuild_tensor_v2', storage(), number(0), tuple_of(number(4)),
                                         tuple_of(number(1)), b'N', b'N') + b's')))
case('a storage of four words that nothing uses', 'pth-storage',
     pth(pickled(dict_of((text('w'), tensor()), (text('x'), persistent(tuple_of(text('storage'), glob('torch.FloatStorage'),
                                                                                  text('0'), text('cpu'))))))))
case('a dict as a key', 'pth-stack', pth(pickled(b'}(' + text('w') + tensor() + b'}' + b'Nu')), 'a dict is the key of a dict')
case('a list as a key', 'pth-stack', pth(pickled(b'}]Ns' + text('w') + tensor() + b's')))
case('a list as a key of pairs', 'pth-stack', pth(pickled(call('collections.OrderedDict', list_of(list_of(b']', tensor()))))))


def ended(count=2, here=2, disk=0, start=0, size=END64[1], offset=END64[2], disks=1, where=0):
    """A good archive with a zip64 record."""
    return pth(GOOD, end64=struct.pack('<IQHHIIQQQQ', 0x06064b50, 44, 45, 45, disk, start, here, count, size, offset) +
               struct.pack('<IIQI', 0x07064b50, where, END64[0], disks))


case('a zip64 record with another count', 'pth-zip-end', ended(count=3, here=3), 'disagree')
case('a zip64 record with another size', 'pth-zip-end', ended(size=7), 'disagree')
case('a zip64 record with another place', 'pth-zip-end', ended(offset=7), 'disagree')
case('a zip64 record of a part', 'pth-zip-end', ended(disk=1), 'multi-part')
case('a zip64 directory of a part', 'pth-zip-end', ended(start=1), 'multi-part')
case('a zip64 record of two counts', 'pth-zip-end', ended(here=1), 'multi-part')
case('a locator of parts', 'pth-zip-end', ended(disks=2), 'multi-part')
case('a locator in a part', 'pth-zip-end', ended(where=1), 'multi-part')
case('a patch of another file', 'pth-zip-method', zipped(Entry('a/data.pkl', GOOD, flags=0x20), Entry('a/data/0', FLOATS)))

# ---- the stream ----

case('a version of the future', 'pth-form', stream(head=MAGIC + pickled(number(1002)) + system()))
case('another magic number', 'pth-form', stream(head=MAGIC[:7] + b'\0' + MAGIC[8:] + pickled(number(1001)) + system()))
case('a big-endian stream', 'pth-endian', stream(head=MAGIC + pickled(number(1001)) + system(little=b'\x89')))
case('no system in the stream', 'pth-form', stream(head=MAGIC + pickled(number(1001)) + pickled(number(1))))
case('posix.system for a version', 'pth-global', stream(head=MAGIC + pickled(call('posix.system', text('id'))) + system()),
     f"byte {len(MAGIC) + 2}: global 'posix.system'")
case('posix.system in the stream', 'pth-global', stream(pickle=pickled(call('posix.system', text('id')))))
case('posix.system for keys', 'pth-global', stream(keys=pickled(call('posix.system', text('id')))))
case('keys that are no list', 'pth-form', stream(keys=pickled(number(1))))
case('a key that is no text', 'pth-storage', stream(keys=pickled(list_of(number(0)))))
case('a key of nobody', 'pth-storage', stream(keys=pickled(list_of(text('1')))), "'1'")
case('a storage twice', 'pth-duplicate',
     stream(keys=pickled(list_of(text('0'), text('0'))), data=(struct.pack('<q', 4) + FLOATS) * 2))
case('a long key fetched 170,000 times', 'pth-limit',
     stream(pickle=pickled(tuple_of(text('storage'), glob('torch.FloatStorage'), text('7' * 500_000), text('cpu'), number(4)) +
                           b'q\1](' + b'h\1Q' * 170_000 + b'e')), '500000 bytes; the limit is 256')
case('a key fetched 170,000 times', 'pth-duplicate',
     stream(keys=pickled(text('0') + b'q\1](' + b'h\1' * 170_000 + b'e'), data=(struct.pack('<q', 4) + FLOATS) * 170_000))
case('a long key in the list of storages', 'pth-limit', stream(keys=pickled(list_of(text('0' * 257)))), '257 bytes; the limit is 256')
case('a key left out', 'pth-storage', stream(keys=pickled(b']'), data=b''))
case('a count that differs', 'pth-storage-size', stream(data=struct.pack('<q', 5) + FLOATS))
case('a negative count', 'pth-storage-size', stream(data=struct.pack('<q', -1) + FLOATS))
case('a stream cut in a storage', 'pth-truncated', stream()[:-1])
case('a stream cut in a count', 'pth-truncated', stream()[:-20])
case('a stream cut in its pickle', 'pth-truncated', stream()[:90])
case('a stream and a byte', 'pth-trailing', stream() + b'x')
case('a view beyond its storage', 'pth-storage',
     stream(pickle=state(tensor(storage(more=(tuple_of(text('1'), number(2), number(3)),))))))
case('a storage of two types', 'pth-storage',
     stream(pickle=pickled(dict_of((text('w'), tensor(storage(more=(b'N',)))),
                                   (text('v'), tensor(storage(kind='torch.IntStorage', more=(b'N',))))))))

# ---- the tar ----

case('a tar with a damaged header', 'pth-tar', member('sys_info', system(), damage=1) + tar())
case('a tar cut short', 'pth-tar', tar()[:1600])
case('a tar without tensors', 'pth-tar', tar(tensors=None), "member 'tensors' is missing")
case('a tar with two pickles', 'pth-tar', tar(after=member('pickle', TAR_PARTS['pickle'])))
case('a tar of many members', 'pth-tar', tar(before=member('x', b'') * 100))
case('a member beyond the end', 'pth-tar', tar(before=member('x', b'', size=2**32)))
case('posix.system in the tar', 'pth-global', tar(pickle=pickled(call('posix.system', text('id')))))
case('posix.system for storages', 'pth-global', tar(storages=pickled(call('posix.system', text('id')))))
case('a billion storages', 'pth-tar', tar(storages=pickled(number(10**9))))
case('minus one tensors', 'pth-tar', tar(tensors=pickled(number(-1))))
case('a storage of 2^60', 'pth-storage-size',
     tar(storages=pickled(number(1)) + pickled(tuple_of(number(7), text('cpu'), glob('torch.FloatStorage'))) +
         struct.pack('<q', 2**60)))
case('a tensor of rank 100', 'pth-tar', tar(tensors=TAR_PARTS['tensors'][:-48] + struct.pack('<ii', 100, 0) + bytes(2000)))
case('a tensor of rank -1', 'pth-tar', tar(tensors=TAR_PARTS['tensors'][:-48] + struct.pack('<ii', -1, 0) + bytes(2000)))
case('a negative dimension in the tar', 'pth-tar', tar(tensors=TAR_PARTS['tensors'][:-40] + struct.pack('<qqqqq', -2, 2, 2, 1, 0)))
case('a tensor beyond its storage in the tar', 'pth-storage-size',
     tar(tensors=TAR_PARTS['tensors'][:-40] + struct.pack('<qqqqq', 3, 2, 2, 1, 0)))
case('two tensors of one key in the tar', 'pth-tar',
     tar(tensors=pickled(number(2)) + TAR_PARTS['tensors'][len(pickled(number(1))):] * 2), 'two tensors have the same key')
case('a tensor that the tar has not', 'pth-tensor', tar(pickle=state(persistent(number(101)))))
case('a tensor without storage in the tar', 'pth-storage',
     tar(tensors=pickled(number(1)) + pickled(tuple_of(number(100), number(8), glob('torch.FloatTensor'))) + TAR_PARTS['tensors'][-48:]))
VIEWS = TAR_PARTS['storages'][:-len(pickled(b']'))]
case('a view beyond its storage in the tar', 'pth-tar',
     tar(storages=VIEWS + pickled(list_of(tuple_of(number(8), number(7), number(2), number(3))))))
case('a view of nothing', 'pth-tar',
     tar(storages=VIEWS + pickled(list_of(tuple_of(number(8), number(9), number(0), number(1))))))
case('a view that takes a key', 'pth-duplicate',
     tar(storages=VIEWS + pickled(list_of(tuple_of(number(7), number(7), number(0), number(1))))))

# ---- files that are not PyTorch's ----

case('nothing', 'pth-form', b'')
case('one byte', 'pth-truncated', b'\x80')
case('a text', 'pth-form', b'hello, world\n')
case('zeros', 'pth-form', bytes(10000))
case('a plain pickle', 'pth-form', pickled(dict_of((text('w'), number(1)))))
case('a plain pickle of posix.system', 'pth-global', pickled(call('posix.system', text('id'))), "byte 2: global 'posix.system'")
case('a plain pickle of protocol 0', 'pth-global', b"cposix\nsystem\n(S'id'\ntR.", "byte 0: global 'posix.system'")
case('gzip', 'pth-form', b'\x1f\x8b\x08' + bytes(100))

# ---- running ----

READING = {'read', 'pread64', 'fstat', 'newfstatat', 'lseek', 'close', 'mmap', 'munmap', 'mremap', 'brk', 'madvise', 'futex',
           'write', 'exit_group', 'openat', 'ioctl', 'sched_yield', 'getrandom', 'mprotect', 'rt_sigprocmask', 'fcntl'}


def calls_beyond_reading(trace, path):
    """The system calls after the file was opened that do more than read it and print the error."""
    seen, found = False, []
    for line in trace.splitlines():
        line = re.sub(r'^\d+ +', '', line)
        seen = seen or (line.startswith('openat(') and path in line)
        name = line.partition('(')[0]
        if not seen or not re.fullmatch(r'\w+', name):
            continue
        writes = name == 'write' and not line.startswith('write(2,')
        opens = name == 'openat' and ('O_WRONLY' in line or 'O_RDWR' in line or 'O_CREAT' in line)
        if name not in READING or writes or opens:
            found.append(line)
    return found if seen else ['the file was never opened']


def run(linnet, path, strace=None):
    """Status, stdout, stderr, seconds of processor time, megabytes."""
    command = [linnet, 'summary', 'lenet5', '--weights', path]
    if strace:
        command = [strace, '-f', '-qq', '-o', path + '.trace', *command]
    status, out, err, seconds, megabytes = measured.run(command)
    return status, out, err.decode('ascii'), seconds, megabytes


def check(linnet, name, folder, strace):
    code, content, words = CASES[name]
    path = f'{folder}/evil.pth'
    with open(path, 'wb') as out:
        out.write(content)
    status, out, err, seconds, megabytes = run(linnet, path)
    problems = []
    if status != 3 or out:
        problems.append(f'status {status}, {len(out)} bytes on stdout')
    if not re.fullmatch(rf"linnet: {re.escape(path)}: [\x20-\x7e]+ \[{code}\]\n", err):
        problems.append(f'not one line with [{code}]')
    problems += [f'{word!r} is not in it' for word in words if word not in err]
    if not UNTIMED and (seconds > SECONDS_MAX or megabytes > MEGABYTES_MAX):
        problems.append(f'{seconds:.1f} s, {megabytes:.0f} MB')
    if strace and not UNTIMED:
        run(linnet, path, strace)
        with open(path + '.trace', encoding='utf-8', errors='replace') as trace:
            problems += calls_beyond_reading(trace.read(), path)[:3]
    if problems:
        print(f'{name}: {"; ".join(problems)}\n    {err}')
    return not problems


def accepted(linnet, name, content, folder):
    """A valid file must pass all the checks of a .pth and fail only because the network has no tensor 'w'."""
    path = f'{folder}/good.pth'
    with open(path, 'wb') as out:
        out.write(content)
    status, _, err, _, _ = run(linnet, path)
    good = status == 3 and '[weights-missing]' in err
    if not good:
        print(f'{name}: should be read: {err}')
    return good


RIGHT = {
    'zip': pth(GOOD), 'a zip64 record': ended(), 'stream': stream(), 'tar': tar(),
    'CRC of 0': zipped(Entry('a/data.pkl', GOOD, crc=0), Entry('a/data/0', FLOATS, crc=0)),
    'a data descriptor': zipped(Entry('a/data.pkl', GOOD, flags=8), Entry('a/data/0', FLOATS)),
    'zip64': pth(GOOD, more=(Entry('a/version', b'3\n', size=2**32 - 1, packed=2**32 - 1,
                                   extra=struct.pack('<HHQQ', 1, 16, 2, 2)),)),
    'little-endian': pth(GOOD, more=(Entry('a/byteorder', b'little'), Entry('a/version', b'3\n'))),
    'a comment': pth(GOOD, comment=b'made by hand'),
    'a view in the tar': tar(storages=VIEWS + pickled(list_of(tuple_of(number(8), number(7), number(0), number(4))))),
    'the first way to make a tensor': pth(state(tensor(function='torch._utils._rebuild_tensor'))),
    'OrderedDict of pairs': pth(pickled(call('collections.OrderedDict', list_of(list_of(text('w'), tensor()))))),
    'an expanded tensor': pth(state(tensor(shape=(1000, 4), strides=(0, 1)))),
    'an empty tensor': pth(state(tensor(shape=(0, 4), strides=(4, 1)))),
    'a scalar': pth(state(tensor(shape=(), strides=()))),
    'strings of Python 2': pth(pickled(b'}U\1w' + tensor() + b's')),
    'protocol 4': pth(b'\x80\x04\x95' + bytes(8) + b'}\x94\x8c\x01w\x94' + tensor() + b's.'),
}


def main():
    if sys.argv[1] == '--write':
        for i, (name, (_, content, _)) in enumerate(CASES.items()):
            with open(f'{sys.argv[2]}/{i:03}-{re.sub("[^A-Za-z0-9]+", "-", name)}', 'wb') as out:
                out.write(content)
        return
    linnet, names = sys.argv[1], sys.argv[2:] or list(CASES)
    strace = shutil.which('strace')
    with tempfile.TemporaryDirectory() as folder:
        good = sum(accepted(linnet, name, content, folder) for name, content in RIGHT.items())
        refused = sum(check(linnet, name, folder, strace) for name in names)
    print(f'{refused} of {len(names)} kinds refused as they should be, {good} of {len(RIGHT)} right ones read; '
          f'system calls {"looked at" if strace and not UNTIMED else "not looked at"}')
    if UNTIMED:
        print('skipped: limits of time and memory and system calls, under a sanitizer or without optimisation')
    elif not strace:
        print('skipped: system calls, strace is not installed')
    sys.exit(0 if refused == len(names) and good == len(RIGHT) else 1)


main()
