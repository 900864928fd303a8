"""Weights that PyTorch saved: in each of the three forms of torch.save, of every type, as views of shared storages, inside
checkpoints and wrappers; `linnet predict NAME --weights F` gives the logits that PyTorch gives with the same weights, and
weights that do not fit are refused by name.

    weights.py LINNET

Exit status 77: torch, torchvision or PIL is not installed.
"""
import collections
import csv
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import tarfile
import tempfile

try:
    import torch
    import torchvision
    from PIL import Image
    from torch import nn
except ImportError as error:
    print('skipped:', error)
    sys.exit(77)

LINNET = sys.argv[1]
CLASSES = 7


class LeNet5(nn.Module):
    def __init__(self, classes=CLASSES):
        super().__init__()
        self.c1, self.c3, self.c5 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5), nn.Conv2d(16, 120, 5)
        self.f6, self.output = nn.Linear(120, 84), nn.Linear(84, classes)

    def forward(self, x):
        x = nn.functional.avg_pool2d(self.c1(x).tanh(), 2)
        x = nn.functional.avg_pool2d(self.c3(x).tanh(), 2)
        return self.output(self.f6(self.c5(x).tanh().flatten(1)).tanh())


def run(*arguments):
    return subprocess.run([LINNET, *arguments], capture_output=True, text=True)


def fail(what, why):
    sys.exit(f'{what}: {why}')


# ---- the oldest form, which PyTorch can still read but no longer write ----

def add_member(tar, name, content):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    path = os.path.join(tempfile.gettempdir(), f'linnet-member-{os.getpid()}')
    with open(path, 'wb') as out:
        out.write(content)
    with open(path, 'rb') as content_file:
        tar.addfile(info, content_file)
    os.unlink(path)


class Named:
    """An object that pickles as the name of a global."""

    def __init__(self, name):
        self.name = name


class Pickler(pickle._Pickler):  # the one in Python, whose methods can be replaced
    def persistent_id(self, value):
        return self.keys.get(id(value)) if isinstance(value, torch.Tensor) else None

    def save_named(self, value):
        module, name = value.name.rsplit('.', 1)
        self.write(pickle.GLOBAL + module.encode() + b'\n' + name.encode() + b'\n')

    dispatch = dict(pickle._Pickler.dispatch)
    dispatch[Named] = save_named


def dump(out, value, keys=None):
    pickler = Pickler(out, protocol=2)
    pickler.keys = keys or {}
    pickler.dump(value)


def dumped(value, keys=None):
    out = io.BytesIO()
    dump(out, value, keys)
    return out.getvalue()


def save_tar(state, path, view=None):
    """As torch.save wrote it in 2016. Storages and tensors are named by numbers. `view`: the name of a tensor that is
    stored as a view of its storage."""
    storages, tensors, keys = {}, {}, {}
    views = []
    for i, (name, tensor) in enumerate(state.items()):
        keys[id(tensor)] = 1000 + i
        place = tensor.storage().data_ptr()
        storage = storages.setdefault(place, (94000000000000 + len(storages), tensor.storage()))
        first, storage_key = tensor.storage_offset(), storage[0]
        if name == view:
            views.append((5000 + i, storage_key, first, tensor.numel()))
            first, storage_key = 0, 5000 + i
        tensors[1000 + i] = (storage_key, tensor, first)
    types = {torch.float32: 'Float', torch.float64: 'Double', torch.float16: 'Half', torch.int64: 'Long'}

    body = dumped(len(storages))
    for key, storage in storages.values():
        body += dumped((key, 'cpu', Named(f'torch.{types[storage.dtype]}Storage')))
        values = torch.tensor([], dtype=storage.dtype).set_(storage)
        body += struct.pack('<q', len(storage)) + values.numpy().tobytes()
    body += dumped(views)

    shapes = dumped(len(tensors))
    for key, (storage_key, tensor, first) in tensors.items():
        shapes += dumped((key, storage_key, Named(f'torch.{types[tensor.dtype]}Tensor')))
        shapes += struct.pack('<ii', tensor.dim(), 0) + struct.pack(f'<{tensor.dim()}q', *tensor.shape)
        shapes += struct.pack(f'<{tensor.dim()}q', *tensor.stride()) + struct.pack('<q', first)

    system = {'protocol_version': 1000, 'little_endian': True, 'type_sizes': {'short': 2, 'int': 4, 'long': 4}}
    with tarfile.open(path, 'w', format=tarfile.PAX_FORMAT) as tar:
        add_member(tar, 'sys_info', dumped(system))
        add_member(tar, 'pickle', dumped(state, keys))
        add_member(tar, 'storages', body)
        add_member(tar, 'tensors', shapes)
    again = torch.load(path)  # PyTorch must read the file too
    assert list(again) == list(state) and all(torch.equal(again[name], state[name]) for name in state)


def save_zip(state, path):
    torch.save(state, path)


def save_stream(state, path):
    torch.save(state, path, _use_new_zipfile_serialization=False)


def save_safetensors(state, path):
    names = {'torch.float32': 'F32', 'torch.float64': 'F64', 'torch.float16': 'F16', 'torch.int64': 'I64'}
    header, body = {}, b''
    for name, tensor in state.items():
        content = tensor.contiguous().numpy().tobytes()
        header[name] = {'dtype': names[str(tensor.dtype)], 'shape': list(tensor.shape),
                        'data_offsets': [len(body), len(body) + len(content)]}
        body += content
    text = json.dumps(header).encode()
    with open(path, 'wb') as out:
        out.write(struct.pack('<Q', len(text)) + text + body)


FORMS = {'zip': save_zip, 'stream': save_stream, 'tar': save_tar, 'safetensors': save_safetensors}


# ---- changes to weights before they are saved ----

def of_type(dtype):
    return lambda state: collections.OrderedDict((name, value.to(dtype)) for name, value in state.items())


def transposed(state):
    """Each matrix is stored column by column, each kernel as NHWC."""
    def turn(value):
        if value.dim() == 2:
            return value.t().contiguous().t()
        return value.to(memory_format=torch.channels_last) if value.dim() == 4 else value
    return {name: turn(value) for name, value in state.items()}


def one_storage(state):
    """All tensors are views of one storage, with a gap before each."""
    total = sum(value.numel() + 5 for value in state.values())
    whole, at, views = torch.full((total,), 7e7), 0, {}
    for name, value in state.items():
        at += 5
        views[name] = whole[at:at + value.numel()].view(value.shape)
        views[name].copy_(value)
        at += value.numel()
    return views


def every_second(state):
    return {name: torch.stack([value, value * 0 + 9], -1)[..., 0] for name, value in state.items()}


def same(state):
    return state


CHANGES = {'float32': same, 'plain dict': dict, 'float16': of_type(torch.float16), 'float64': of_type(torch.float64),
           'transposed': transposed, 'one storage': one_storage, 'strided': every_second}
# Saved in the forms zip and stream only: save_tar() has no bfloat16, and safetensors has no nested dicts.
MORE = {'bfloat16': of_type(torch.bfloat16),
        'parameters': lambda state: {name: nn.Parameter(value) for name, value in state.items()},
        'data parallel': lambda state: {'module.' + name: value for name, value in state.items()},
        'compiled, in a checkpoint': lambda state: {
            'epoch': 3, 'best': 0.75, 'name': 'x', 'state_dict': {'module._orig_mod.' + n: v for n, v in state.items()},
            'optimizer': {'state': {0: {'momentum_buffer': torch.ones(3, 4), 'step': 5}}, 'param_groups': [{'lr': 0.1}]}},
        'model and its average': lambda state: {
            'model': {name: value * 0 for name, value in state.items()},
            'model_ema': {'n_averaged': torch.tensor(4), **{'module.' + name: value for name, value in state.items()}}},
        'with the state of a generator': lambda state: {'rng': torch.arange(9).byte(), 'net': state},
        'counters': lambda state: {**state, 'bn.num_batches_tracked': torch.tensor(12)}}


def values_of(state):
    """The expected weights of the network, as fp32."""
    return collections.OrderedDict((name, value.detach().float().contiguous()) for name, value in state.items())


# ---- logits ----

def read_logits(path):
    with open(path, newline='') as file:
        rows = list(csv.reader(file))
    logits = rows[0].index('0') if '0' in rows[0] else 4
    return torch.tensor([[float(value) for value in row[logits:]] for row in rows[1:]])


def linnet_logits(folder, name, weights, images):
    output = f'{folder}/predictions.csv'
    done = run('predict', name, *images, '--weights', weights, '--logits', '-o', output)
    if done.returncode or done.stderr:
        fail(weights, f'status {done.returncode}: {done.stderr}')
    return read_logits(output)


def compare(what, ours, theirs, tolerance=1e-4):
    if ours.shape != theirs.shape:
        fail(what, f'{list(ours.shape)} logits, not {list(theirs.shape)}')
    difference = float((ours - theirs).abs().max() / theirs.abs().max())
    if not difference < tolerance:
        fail(what, f'the logits differ by {difference:.2g} of the largest')


def lenet_logits(state, images):
    module = LeNet5(CLASSES)
    module.load_state_dict(values_of(state), strict=True)
    x = torch.stack([torchvision.transforms.functional.to_tensor(Image.open(image)) for image in images])
    with torch.no_grad():
        return module.eval()((x - 0.5) / 0.5)


def check_forms(folder, images):
    torch.manual_seed(3)
    state = LeNet5().state_dict()
    cases = [(form, change) for form in FORMS for change in CHANGES]
    cases += [(form, change) for form in ('zip', 'stream') for change in MORE]
    for form, change in cases:
        what = f'{form}, {change}'
        changed = {**CHANGES, **MORE}[change](state)
        path = f'{folder}/weights-{form}.bin'  # Linnet recognises the form by its content
        FORMS[form](changed, path)
        lossy = {'float16': torch.float16, 'bfloat16': torch.bfloat16}.get(change)
        expected = {name: value.to(lossy) if lossy else value for name, value in state.items()}
        compare(what, linnet_logits(folder, 'lenet5', path, images), lenet_logits(expected, images))
        os.unlink(path)
    save_tar(one_storage(state), f'{folder}/views.bin', view='c3.weight')
    compare('tar, a view of a storage', linnet_logits(folder, 'lenet5', f'{folder}/views.bin', images),
            lenet_logits(state, images))
    print(f'{len(cases) + 1} files give the logits of PyTorch')


# ---- torchvision's networks that are installed ----

def check_torchvision(folder, photos):
    known = {model['name'] for model in json.loads(run('models', '--json').stdout)}
    from torchvision.transforms import CenterCrop, Compose, Normalize, Resize, ToTensor
    transform = Compose([Resize(256), CenterCrop(224), ToTensor(),
                         Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    for name, form in (('alexnet', 'zip'), ('resnet18', 'stream'), ('vgg11_bn', 'zip'), ('googlenet', 'tar')):
        if name not in known:
            print(f'{name}: not here yet')
            continue
        torch.manual_seed(5)
        more = {'init_weights': False} if name == 'googlenet' else {}
        module = getattr(torchvision.models, name)(num_classes=21, **more)
        for part in module.modules():
            if isinstance(part, nn.BatchNorm2d):
                nn.init.uniform_(part.running_mean, -0.3, 0.3)
                nn.init.uniform_(part.running_var, 0.5, 2)
                nn.init.uniform_(part.weight, 0.5, 1.5)
        path = f'{folder}/{name}.pth'
        FORMS[form](module.state_dict(), path)
        x = torch.stack([transform(Image.open(photo)) for photo in photos])
        with torch.no_grad():
            theirs = module.eval()(x)
        compare(name, linnet_logits(folder, name, path, photos), theirs, 1e-3)
        print(f'{name}: its .pth gives the logits of torchvision')
        if name == 'googlenet':  # under the name of torchvision's file it is normalised as that one is
            module.transform_input = True
            named = f'{folder}/googlenet-1378be20.pth'
            os.rename(path, named)
            with torch.no_grad():
                theirs = module.eval()(x)
            compare(named, linnet_logits(folder, name, named, photos), theirs, 1e-3)
            os.rename(named, path)
        os.unlink(path)


# ---- weights that do not fit ----

def refused(what, state, words, *arguments, folder):
    path = f'{folder}/refused.pth'
    torch.save(state, path)
    done = run('summary', 'lenet5', '--weights', path, *arguments)
    lines = done.stderr.splitlines()
    if done.returncode != 3 or done.stdout or len(lines) != 1:
        fail(what, f'status {done.returncode}, {done.stdout!r}, {lines}')
    for word in words:
        if word not in lines[0]:
            fail(what, f'{word!r} is not in {lines[0]!r}')


def check_refusals(folder):
    state = LeNet5().state_dict()
    without = {name: value for name, value in state.items() if not name.startswith('c')}
    refused('missing', without, ["6 tensors missing: 'c1.weight', 'c1.bias', 'c3.weight', ...", '[weights-missing]'],
            folder=folder)
    refused('unexpected', {**state, 'extra.weight': torch.zeros(2)},
            ["1 tensor unexpected: 'extra.weight'", '[weights-unexpected]'], folder=folder)
    refused('shape', {**state, 'f6.weight': torch.zeros(84, 119)},
            ["'f6.weight' is [84, 119], not [84, 120]", '[weights-shape]'], folder=folder)
    refused('all three', {**without, 'f6.bias': torch.zeros(3), 'x': torch.zeros(1)},
            ["1 tensor with another shape: 'f6.bias' is [3], not [84]; 6 tensors missing: ", "1 tensor unexpected: 'x'"],
            folder=folder)
    refused('classes', state, ["'output.weight' is [7, 84], not [9, 84]"], '--classes', '9', folder=folder)
    refused('nan', {**state, 'c1.bias': torch.full((6,), float('nan'))}, ["'c1.bias'", '[weights-nonfinite]'],
            folder=folder)
    refused('float64 beyond float32', {**state, 'c1.bias': torch.full((6,), 1e300, dtype=torch.float64)},
            ['[weights-nonfinite]'], folder=folder)
    refused('no tensors', {'epoch': 3}, ['[pth-empty]'], folder=folder)
    refused('a module', LeNet5(), ["global '__main__.LeNet5' is not tensor data", '[pth-global]'], folder=folder)
    print('what does not fit is refused by name')


def draw(folder):
    torch.manual_seed(1)
    images, photos = [], []
    for i in range(4):
        images.append(f'{folder}/grey{i}.png')
        Image.fromarray(torch.randint(0, 256, (32, 32), dtype=torch.uint8).numpy(), 'L').save(images[-1])
        photos.append(f'{folder}/photo{i}.png')
        small = Image.fromarray(torch.randint(0, 256, (9, 12, 3), dtype=torch.uint8).numpy(), 'RGB')
        small.resize((360, 270), Image.BICUBIC).save(photos[-1])
    return images, photos


def main():
    with tempfile.TemporaryDirectory() as folder:
        images, photos = draw(folder)
        check_forms(folder, images)
        check_refusals(folder)
        check_torchvision(folder, photos)


main()
