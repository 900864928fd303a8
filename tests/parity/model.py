"""A model that Linnet trained and saved is PyTorch's too: it loads with strict=True into a module of the same names and
gives the logits that `linnet eval` and `linnet predict` give, with the preprocessing that the file itself describes.

    model.py LINNET

Exit status 77: torch, torchvision or PIL is not installed.
"""
import csv
import json
import os
import struct
import subprocess
import sys
import tempfile

try:
    import torch
    from PIL import Image
    from torch import nn
    from torchvision import transforms
except ImportError as error:
    print('skipped:', error)
    sys.exit(77)

TRAIN, TEST, CLASSES, TOLERANCE = 200, 40, 5, 1e-4


# ---- data: each class is a bright square at its own position ----

def draw(side, label):
    pixels = torch.randint(0, 60, (side, side), dtype=torch.uint8)
    left = 2 + label * (side - 8) // CLASSES
    pixels[left:left + 6, 4:side - 6] += 150
    return pixels


def write_idx(folder, name, count, side):
    labels = [i % CLASSES for i in range(count)]
    images = [draw(side, label) for label in labels]
    with open(f'{folder}/{name}-images-idx3-ubyte', 'wb') as out:
        out.write(struct.pack('>IIII', 0x803, count, side, side))
        out.write(b''.join(image.numpy().tobytes() for image in images))
    with open(f'{folder}/{name}-labels-idx1-ubyte', 'wb') as out:
        out.write(struct.pack('>II', 0x801, count) + bytes(labels))
    return images


# ---- the model in PyTorch ----

class LeNet(nn.Module):
    def __init__(self, classes, channels, side):
        super().__init__()
        rest = ((side - 4) // 2 - 4) // 2
        self.conv1, self.conv2 = nn.Conv2d(channels, 16, 5), nn.Conv2d(16, 32, 5)
        self.fc1, self.fc2 = nn.Linear(32 * rest * rest, 512), nn.Linear(512, classes)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.conv1(x).relu(), 2)
        x = nn.functional.max_pool2d(self.conv2(x).relu(), 2)
        return self.fc2(self.fc1(x.flatten(1)).relu())


class LeNet5(nn.Module):
    def __init__(self, classes, channels, _):
        super().__init__()
        self.c1, self.c3, self.c5 = nn.Conv2d(channels, 6, 5), nn.Conv2d(6, 16, 5), nn.Conv2d(16, 120, 5)
        self.f6, self.output = nn.Linear(120, 84), nn.Linear(84, classes)

    def forward(self, x):
        x = nn.functional.avg_pool2d(self.c1(x).tanh(), 2)
        x = nn.functional.avg_pool2d(self.c3(x).tanh(), 2)
        return self.output(self.f6(self.c5(x).tanh().flatten(1)).tanh())


def read_safetensors(path):
    """The tensors by name, and the metadata."""
    with open(path, 'rb') as file:
        content = bytearray(file.read())
    length, = struct.unpack_from('<Q', content)
    header = json.loads(content[8:8 + length])
    metadata, tensors = header.pop('__metadata__'), {}
    for name, entry in header.items():
        assert entry['dtype'] == 'F32', entry
        begin, end = entry['data_offsets']
        values = torch.frombuffer(content, dtype=torch.float32, count=(end - begin) // 4, offset=8 + length + begin)
        tensors[name] = values.reshape(entry['shape'])
    return tensors, metadata


def preprocessing(text):
    """torchvision's transforms, from linnet.preprocess."""
    it = json.loads(text)
    filters = {'bilinear': transforms.InterpolationMode.BILINEAR, 'bicubic': transforms.InterpolationMode.BICUBIC}
    size = (it['height'], it['width'])
    steps = [transforms.Resize(it['resize'] or size, filters[it['interpolation']]), transforms.CenterCrop(size),
             transforms.ToTensor(), transforms.Normalize(it['mean'], it['std'])]
    return it, transforms.Compose(steps)


def torch_logits(run, kind, images):
    tensors, metadata = read_safetensors(f'{run}/best.safetensors')
    assert metadata['format'] == 'pt'
    assert json.loads(metadata['linnet.classes']) == [str(i) for i in range(CLASSES)]
    it, transform = preprocessing(metadata['linnet.preprocess'])
    module = kind(CLASSES, it['channels'], it['width'])
    module.load_state_dict(tensors, strict=True)
    with torch.no_grad():
        return module.eval()(torch.stack([transform(Image.fromarray(image.numpy(), 'L')) for image in images]))


# ---- the model in Linnet ----

def run_linnet(*arguments):
    done = subprocess.run([sys.argv[1], *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f'linnet {" ".join(arguments)}: status {done.returncode}: {done.stderr}')


def read_logits(path):
    with open(path, newline='') as file:
        rows = list(csv.reader(file))
    assert rows[0] == ['path', 'label', 'predicted', 'probability'] + [str(i) for i in range(CLASSES)], rows[0]
    return torch.tensor([[float(value) for value in row[4:]] for row in rows[1:]])


def compare(what, ours, theirs):
    if ours.shape != theirs.shape:
        sys.exit(f'{what}: {list(ours.shape)} logits, not {list(theirs.shape)}')
    difference = float((ours - theirs).abs().max())
    print(f'{what}: largest difference {difference:.2g}, logits up to {float(theirs.abs().max()):.3g}')
    if not difference < TOLERANCE:
        sys.exit(f'{what}: the logits differ by {difference:.2g}')


def check(name, kind, side, epochs):
    with tempfile.TemporaryDirectory() as folder:
        data, run, pictures = f'{folder}/data', f'{folder}/runs/one', f'{folder}/pictures'
        os.mkdir(data)
        os.mkdir(pictures)
        write_idx(data, 'train', TRAIN, side)
        images = write_idx(data, 't10k', TEST, side)
        paths = [f'{pictures}/{i:02}.png' for i in range(TEST)]
        for image, path in zip(images, paths):
            Image.fromarray(image.numpy(), 'L').save(path)
        run_linnet('train', data, '-m', name, '--epochs', str(epochs), '-b', '20', '--project', f'{folder}/runs',
                   '--name', 'one', '-q')
        run_linnet('eval', run, data, '-o', f'{folder}/eval', '--logits')
        run_linnet('predict', run, *paths, '--logits', '-o', f'{folder}/predictions.csv')
        theirs = torch_logits(run, kind, images)
        what = f'{name}, {side} px, {epochs} epochs'
        compare(f'{what}: eval', read_logits(f'{folder}/eval/predictions.csv'), theirs)
        compare(f'{what}: predict', read_logits(f'{folder}/predictions.csv'), theirs)


def main():
    torch.manual_seed(1)
    check('lenet', LeNet, 28, 1)
    check('lenet', LeNet, 33, 3)
    check('lenet5', LeNet5, 32, 1)
    check('lenet5', LeNet5, 28, 2)  # resized to 32


main()
