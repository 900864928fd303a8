"""Builds files of tensors byte by byte, so that any byte can be made wrong: pickles by opcode, zips by header, and the two
older forms of torch.save. Every argument that is not given is valid."""
import struct
import zlib

PROTO, STOP = b'\x80\x02', b'.'
MAGIC = b'\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.'


# ---- pickles ----

def text(s):
    content = s if isinstance(s, bytes) else s.encode()
    return b'X' + struct.pack('<I', len(content)) + content


def number(n):
    if -2**31 <= n < 2**31:
        return b'J' + struct.pack('<i', n)
    return b'\x8a\x08' + struct.pack('<q', n)


def glob(name):
    module, _, last = name.rpartition('.')
    return b'c' + module.encode() + b'\n' + last.encode() + b'\n'


def tuple_of(*items):
    return b'(' + b''.join(items) + b't'


def dict_of(*pairs):
    return b'}(' + b''.join(key + value for key, value in pairs) + b'u'


def list_of(*items):
    return b'](' + b''.join(items) + b'e'


def call(function, *arguments):
    return glob(function) + tuple_of(*arguments) + b'R'


def persistent(value):
    return value + b'Q'


def storage(key='0', kind='torch.FloatStorage', count=4, more=()):
    return persistent(tuple_of(text('storage'), glob(kind), text(key), text('cpu'), number(count), *more))


def tensor(where=None, first=0, shape=(2, 2), strides=(2, 1), function='torch._utils._rebuild_tensor_v2'):
    arguments = [where or storage(), number(first), tuple_of(*map(number, shape)), tuple_of(*map(number, strides))]
    if function.endswith('_v2'):
        arguments += [b'\x89', call('collections.OrderedDict')]
    return call(function, *arguments)


def pickled(body):
    return PROTO + body + STOP


def state(value, name='w'):
    """A complete pickle of a dict with one entry."""
    return pickled(dict_of((text(name), value)))


# ---- zips ----

class Entry:
    def __init__(self, name, content, **wrong):
        self.name, self.content = name if isinstance(name, bytes) else name.encode(), content
        self.flags, self.method, self.crc = 0, 0, zlib.crc32(content)
        self.size = self.packed = len(content)
        self.offset = None   # where its header is said to be
        self.extra = b''     # of the central header
        self.local_name = self.name
        self.disk = 0        # where it begins
        self.__dict__.update(wrong)

    def local(self):
        return struct.pack('<IHHHHHIIIHH', 0x04034b50, 20, self.flags, self.method, 0, 0, self.crc, self.packed & 0xffffffff,
                           self.size & 0xffffffff, len(self.local_name), 0) + self.local_name + self.content

    def central(self, at):
        at = at if self.offset is None else self.offset
        return struct.pack('<IHHHHHHIIIHHHHHII', 0x02014b50, 20, 20, self.flags, self.method, 0, 0, self.crc,
                           self.packed & 0xffffffff, self.size & 0xffffffff, len(self.name), len(self.extra), 0, self.disk, 0, 0,
                           at & 0xffffffff) + self.name + self.extra


def zipped(*entries, count=None, comment=b'', directory=None, disk=0, end64=b''):
    body, central = b'', b''
    for entry in entries:
        central += entry.central(len(body))
        body += entry.local()
    count = len(entries) if count is None else count
    at = len(body) if directory is None else directory
    return body + central + end64 + struct.pack('<IHHHHIIH', 0x06054b50, disk, disk, count & 0xffff, count & 0xffff, len(central),
                                                at & 0xffffffff, len(comment)) + comment


FLOATS = struct.pack('<4f', 1, 2, 3, 4)


def pth(pickle, data=FLOATS, key='0', more=(), **wrong):
    """The form that torch.save writes today."""
    return zipped(Entry('a/data.pkl', pickle), Entry(f'a/data/{key}', data), *more, **wrong)


# ---- the older forms ----

def system(little=b'\x88'):
    return pickled(dict_of((text('protocol_version'), number(1001)), (text('little_endian'), little)))


def stream(pickle=None, keys=None, data=None, head=None):
    if pickle is None:
        pickle = state(tensor(storage(more=(b'N',))))
    if keys is None:
        keys = pickled(list_of(text('0')))
    if data is None:
        data = struct.pack('<q', 4) + FLOATS
    return (head or MAGIC + pickled(number(1001)) + system()) + pickle + keys + data


def member(name, content, size=None, damage=0):
    header = bytearray(512)
    header[0:len(name)] = name.encode()
    header[100:108] = b'0000644\0'
    header[124:136] = b'%011o\0' % (len(content) if size is None else size)
    header[148:156] = b' ' * 8
    header[156] = ord('0')
    header[257:265] = b'ustar\x0000'
    header[148:156] = b'%06o\0 ' % (sum(header) + damage)
    return bytes(header) + content + bytes(-len(content) % 512)


TAR_PARTS = {
    'sys_info': system(),
    'pickle': state(persistent(number(100))),
    'storages': pickled(number(1)) + pickled(tuple_of(number(7), text('cpu'), glob('torch.FloatStorage'))) +
                struct.pack('<q', 4) + FLOATS + pickled(b']'),
    'tensors': pickled(number(1)) + pickled(tuple_of(number(100), number(7), glob('torch.FloatTensor'))) +
               struct.pack('<iiqqqqq', 2, 0, 2, 2, 2, 1, 0),
}


def tar(before=b'', after=b'', **parts):
    """A part that is None is omitted."""
    parts = {**TAR_PARTS, **parts}
    return before + b''.join(member(name, content) for name, content in parts.items() if content is not None) + after + bytes(1024)
