#!/usr/bin/env python3
"""Mutated files of tensors, read by Linnet and by another reader: Linnet must not accept what the other refuses, and where both
accept, names, shapes and values must be equal.

    differential.py st DUMP [COUNT]     against the safetensors package, else against the strict reader below
    differential.py pth DUMP [COUNT]    against torch.load(weights_only=True); skipped (77) without PyTorch

DUMP is tests/hostile/dump.c. COUNT mutations (3000; LINNET_LONG: 100000) of the seeds of tests/fuzz or of what torch.save writes,
always the same ones.
"""
import io
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import warnings
import zipfile

SEEDS = pathlib.Path(__file__).resolve().parents[1] / 'fuzz/corpus'
BATCH = 500
ITEM = {'F64': 8, 'F32': 4, 'F16': 2, 'BF16': 2, 'I64': 8, 'I32': 4, 'I16': 2, 'I8': 1, 'U8': 1, 'BOOL': 1}


class Refused(Exception):
    """The other reader refuses the file."""


class Unread(Exception):
    """The other reader cannot say."""


# ---- safetensors ----------------------------------------------------------------------------------------------

def unique(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise Refused('duplicate key')
    return dict(pairs)


def whole(value):
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Refused(f'{value!r} is no size')
    return value


def refuse_constant(word):
    raise Refused(word)


def strict(content):
    """The format's own rules, without thought for speed: {name: (dtype, shape, bytes)}."""
    if len(content) < 8:
        raise Refused('no header')
    length = struct.unpack('<Q', content[:8])[0]
    if length > 100_000_000 or length > len(content) - 8 or content[8:9] != b'{':
        raise Refused('header')
    try:
        header = json.loads(content[8:8 + length].decode('utf-8'), object_pairs_hook=unique, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Refused(str(error)) from error
    data, out, places = content[8 + length:], {}, []
    metadata = header.pop('__metadata__', {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise Refused('metadata')
    for name, entry in header.items():
        if not isinstance(entry, dict) or set(entry) != {'dtype', 'shape', 'data_offsets'} or not isinstance(entry['dtype'], str):
            raise Refused('entry')
        if entry['dtype'] not in ITEM or not isinstance(entry['shape'], list) or not isinstance(entry['data_offsets'], list):
            raise Refused('entry')
        size = ITEM[entry['dtype']]
        for side in entry['shape']:
            size *= whole(side)
        if len(entry['data_offsets']) != 2:
            raise Refused('offsets')
        begin, end = map(whole, entry['data_offsets'])
        if end - begin != size:
            raise Refused('size')
        places.append((begin, end))
        out[name] = (entry['dtype'], tuple(entry['shape']), data[begin:end])
    at = 0
    for begin, end in sorted(places):
        if begin != at:
            raise Refused('hole or overlap')
        at = end
    if at != len(data):
        raise Refused('length of the file')
    return out


def package(content):
    """The same, read by the safetensors package."""
    import safetensors  # pylint: disable=import-outside-toplevel
    try:
        read = safetensors.deserialize(content)
    except Exception as error:
        raise Refused(str(error)) from error
    return {name: (entry['dtype'], tuple(entry['shape']), bytes(entry['data'])) for name, entry in read}


# Refusals that concern neither the file's safety nor its values: here Linnet is more general on purpose.
UNREAD = (
    'Unsupported operand',  # opcodes for floats, or of protocols that torch.save does not use: PyTorch 1.13 knows few
    '_rebuild_tensor_v2() takes 6 positional arguments but 7',  # metadata, since version 2
    'unhashable type',  # a key that is a tuple of dicts: Linnet looks at keys, not into them
)

# ---- PyTorch --------------------------------------------------------------------------------------------------

def torch_tensors(content):
    """{name: (dtype, shape, values as fp32)} of the state_dict, wherever Linnet looks for it."""
    import torch  # pylint: disable=import-outside-toplevel
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            value = torch.load(io.BytesIO(content), map_location='cpu', weights_only=True)
    except Exception as error:
        if any(word in str(error) for word in UNREAD):
            raise Unread from error
        raise Refused(f'{type(error).__name__}: {error}') from error
    value = state_dict(value, torch.Tensor)
    if value is None:
        raise Refused('no dict of tensors')
    return {name: item for name, item in value.items() if isinstance(item, torch.Tensor)}


def has_tensor(value, kind):
    return any(isinstance(item, kind) for item in value.values())


def state_dict(value, kind):
    """The dict where Linnet looks for tensors (src/model/torch_objects.c)."""
    names = ('state_dict_ema', 'model_ema', 'state_dict', 'model_state_dict', 'model', 'net')
    for _ in range(4):
        if not isinstance(value, dict):
            return None
        nested = [value[key] for key in names if isinstance(value.get(key), dict)]
        if any(has_tensor(item, kind) for item in nested):
            return next(item for item in nested if has_tensor(item, kind))
        if has_tensor(value, kind):
            return value
        value = nested[0] if nested else None
    return None


def torch_equal(item, dims, hexadecimal):
    import torch  # pylint: disable=import-outside-toplevel
    if 'x'.join(map(str, item.shape)) != dims.strip('-'):
        return False
    if hexadecimal == 'large' or hexadecimal.startswith('refused:'):
        return True
    ours = bytes.fromhex(hexadecimal.strip('-'))
    theirs = item.detach().to(torch.float32).contiguous().numpy().tobytes()
    if ours == theirs:
        return True
    a, b = (torch.frombuffer(bytearray(x), dtype=torch.float32) for x in (ours, theirs))
    return len(ours) == len(theirs) and bool(((a == b) | (a.isnan() & b.isnan())).all())


# ---- mutations ------------------------------------------------------------------------------------------------

def mutate(content, seeds, rng):
    data = bytearray(content)
    for _ in range(rng.randrange(1, 5)):
        kind = rng.randrange(8)
        at = rng.randrange(len(data) + 1)
        if kind == 0 and data:
            del data[at:at + rng.randrange(1, 9)]
        elif kind == 1:
            other = rng.choice(seeds)
            begin = rng.randrange(len(other) + 1)
            data[at:at] = other[begin:begin + rng.randrange(1, 17)]
        elif kind == 2 and rng.randrange(4) == 0:
            del data[at:]
        elif at < len(data):
            data[at] = rng.choice((rng.randrange(256), data[at] ^ 1 << rng.randrange(8), rng.choice(b'\0\1\x7f\x80\xff09-"{},: ')))
    return bytes(data)


def digits(content, rng):
    """Changes one number or letter of a header, which random bytes rarely leave well-formed."""
    places = [i for i, byte in enumerate(content[8:2000], 8) if chr(byte).isalnum()]
    data = bytearray(content)
    if places:
        data[rng.choice(places)] = rng.choice(b'0123456789FBU')
    return bytes(data)


def st_inputs(count):
    seeds = [path.read_bytes() for path in sorted((SEEDS / 'safetensors').iterdir())]
    rng = random.Random(20_000)
    yield from seeds
    for _ in range(count):
        content = rng.choice(seeds)
        yield mutate(content, seeds, rng) if rng.randrange(2) else digits(content, rng)


def torch_objects():
    """State dicts as PyTorch's users save them."""
    import collections  # pylint: disable=import-outside-toplevel
    import torch  # pylint: disable=import-outside-toplevel
    kinds = ('float32', 'float16', 'bfloat16', 'float64', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool')
    base = torch.arange(24, dtype=torch.float32)
    yield {kind: base[:6].reshape(2, 3).to(getattr(torch, kind)) for kind in kinds}
    yield {'whole': base, 'turned': base.reshape(4, 6).t(), 'part': base[3:17:2], 'repeated': base[:4].expand(3, 4), 'one': base[5],
           'none': base[:0].reshape(0, 3)}
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Linear(2, 3))
    yield net.state_dict()
    yield {'epoch': 3, 'best': 0.5, 'state_dict': net.state_dict(), 'args': {'lr': [0.1, None, True], 'name': 'x'}}
    yield collections.OrderedDict((('w', torch.nn.Parameter(base[:4].clone())),))


def rezipped(content, rng, seeds):
    """The same archive with a changed pickle, and the checksums right."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, 'w') as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, mutate(data, seeds, rng) if name.endswith('data.pkl') else data)
    return out.getvalue()


def pth_inputs(count):
    import torch  # pylint: disable=import-outside-toplevel
    torch.manual_seed(1)
    zips, streams, pickles = [], [], []
    for value in torch_objects():
        for form, seeds in ((True, zips), (False, streams)):
            out = io.BytesIO()
            torch.save(value, out, _use_new_zipfile_serialization=form)
            seeds.append(out.getvalue())
        with zipfile.ZipFile(io.BytesIO(zips[-1])) as archive:
            pickles.append(archive.read('archive/data.pkl'))
    rng = random.Random(20_000)
    yield from zips + streams
    for i in range(count):
        if i % 2:
            yield rezipped(rng.choice(zips), rng, pickles)
        elif i % 16 == 0:
            yield mutate(rng.choice(zips), zips, rng)
        else:
            yield mutate(rng.choice(streams), streams, rng)


# ---- comparing --------------------------------------------------------------------------------------------------

def dumps(program, mode, contents):
    """Linnet's result for each: the code of a refusal, or {name: (dtype, dims, values)}."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i, content in enumerate(contents):
            paths.append(f'{folder}/{i}')
            pathlib.Path(paths[-1]).write_bytes(content)
        text = subprocess.run([program, mode, *paths], check=True, capture_output=True).stdout.decode()
    out = []
    for line in text.splitlines():
        words = line.split(' ')
        if words[0] == 'file':
            out.append({})
        elif words[0] == 'refused':
            out[-1] = words[1]
        else:
            out[-1][bytes.fromhex(words[1].strip('-')).decode('utf-8', 'surrogateescape')] = (words[2], words[3], words[4])
    assert len(out) == len(contents)
    return out


def problem(mode, ours, content, reader):
    """None, or how Linnet and the other reader differ."""
    try:
        theirs = reader(content)
    except Unread:
        return None
    except Refused as error:
        return f'accepted, but the other reader says: {error}'
    if set(ours) != set(theirs):
        return f'tensors {sorted(ours)} and {sorted(map(str, theirs))}'
    for name, (dtype, dims, values) in ours.items():
        if mode == 'pth':
            equal = torch_equal(theirs[name], dims, values)
        else:
            equal = theirs[name] == (dtype, tuple(map(int, dims.split('x'))) if dims != '-' else (), bytes.fromhex(values.strip('-')))
        if not equal:
            return f'{name!r}: {dtype} {dims} {values[:64]} and {theirs[name]}'
    return None


def main():
    mode, program = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000 if os.environ.get('LINNET_LONG') else 3000
    reader, name = strict, 'a strict reader of the format'
    try:
        if mode == 'pth':
            import torch  # pylint: disable=import-outside-toplevel
            torch.set_num_threads(1)
            reader, name = torch_tensors, f'PyTorch {torch.__version__}'
        else:
            import safetensors  # pylint: disable=import-outside-toplevel
            reader, name = package, f'safetensors {safetensors.__version__}'
    except ImportError as error:
        if mode == 'pth':
            print(f'skipped: {error}')
            sys.exit(77)
    todo = list((pth_inputs if mode == 'pth' else st_inputs)(count))
    accepted = failures = 0
    for begin in range(0, len(todo), BATCH):
        part = todo[begin:begin + BATCH]
        for content, ours in zip(part, dumps(program, mode, part)):
            if isinstance(ours, str):
                continue
            accepted += 1
            why = problem(mode, ours, content, reader)
            if why:
                failures += 1
                if failures <= int(os.environ.get('SHOW', '20')):
                    print(f'{why}\n    {content[:3000].hex()}')
    print(f'{len(todo)} files, {accepted} accepted by Linnet, {failures} differences from {name}')
    sys.exit(failures > 0 or accepted == 0)


main()
