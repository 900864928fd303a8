"""Photos through the program, and back: a network that `linnet train --epochs 0` saved loads into torchvision's with
strict=True, takes torchvision's weights, and `linnet predict` then gives torchvision's logits of the pictures.

    arch_photos.py LINNET

LINNET_LONG=1: all fifteen at 224 px. Exit status 77: torch, torchvision or PIL is not installed.
"""
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import tv
from tv import np, torch

try:
    from PIL import Image
    from torchvision import transforms
except ImportError as error:
    print('skipped:', error)
    sys.exit(77)

CLASSES, PHOTOS = 3, 4
CASES = [(name, 224) for name in tv.NAMES] if tv.LONG else [('resnet18', 96), ('googlenet', 64)]  # name, pixels


def photo(folder, label, number):
    """A picture of the given size: smooth colours with slightly blurred noise."""
    width, height = 120 + 17 * number, 150 - 11 * label
    pixels = tv.pictures(1, 3, 160, 10 * label + number)[0, :, :height, :]
    pixels = torch.cat([pixels, pixels.flip(2)], 2)[:, :, :width]
    values = (pixels * 60 + 128).clamp(0, 255).byte().permute(1, 2, 0).numpy()
    path = folder / f'{label}_{number}.png'
    Image.fromarray(values).save(path)
    return path


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, (arguments, done.stderr)


def preprocessed(paths, it):
    """The network's input, preprocessed as the file describes it."""
    steps = [transforms.Resize(it['resize']), transforms.CenterCrop((it['height'], it['width'])), transforms.ToTensor(),
             transforms.Normalize(it['mean'], it['std'])]
    transform = transforms.Compose(steps)
    return torch.stack([transform(Image.open(path)) for path in paths])


def predicted(path, classes=CLASSES):
    with open(path, newline='') as file:
        return np.array([[float(value) for value in row[-classes:]] for row in list(csv.reader(file))[1:]])


def check(program, folder, name, size):
    for label in range(CLASSES):
        (folder / 'data' / f'class{label}').mkdir(parents=True)
        paths = [photo(folder / 'data' / f'class{label}', label, number) for number in range(PHOTOS)]
    run(program, 'train', folder / 'data', '-m', name, '--imgsz', size, '--epochs', 0, '--project', folder, '--name', 'run', '-q')
    file = folder / 'run' / 'best.safetensors'
    tensors, metadata = tv.read(file)
    it = json.loads(metadata['linnet.preprocess'])
    assert it['width'] == size, it
    net = tv.build(name, 3, CLASSES)
    net.load_state_dict(tensors, strict=True)
    net = tv.build(name, 3, CLASSES)
    tv.randomise_statistics(net, tv.pictures(8, 3, size, 3))
    tv.put(net, file)
    run(program, 'predict', file, *paths, '--tta=none', '--logits', '-o', folder / 'predictions.csv')
    with torch.no_grad():
        theirs = net.eval()(preprocessed(paths, it)).numpy()
    ours = predicted(folder / 'predictions.csv')
    return tv.difference(ours, theirs), int((ours.argmax(1) != theirs.argmax(1)).sum())


def transform_input_check(program, folder):
    """torchvision's own GoogLeNet weights, recognised by file name, expect images converted by its transform_input."""
    paths = [photo(folder, 0, number) for number in range(PHOTOS)]
    net = tv.build('googlenet', 3, 5)
    tv.randomise_statistics(net, tv.pictures(8, 3, 96, 3))
    net.eval()
    it = {'resize': 256, 'height': 224, 'width': 224, 'mean': [0.485, 0.456, 0.406], 'std': [0.229, 0.224, 0.225]}
    found = []
    for name, transform_input in ('googlenet-1378be20.pth', True), ('googlenet.pth', False):
        torch.save(net.state_dict(), folder / name)
        net.transform_input = transform_input
        run(program, 'predict', 'googlenet', *paths, '--tta=none', '--weights', folder / name, '--logits', '-o',
            folder / 'predictions.csv')
        with torch.no_grad():
            theirs = net(preprocessed(paths, it)).numpy()
        found.append(tv.difference(predicted(folder / 'predictions.csv', 5), theirs))
    return found


def main():
    torch.manual_seed(4)
    if left := [name for name in tv.NAMES if name not in dict(CASES)]:
        print('skipped without LINNET_LONG=1:', *left)
    failed = False
    for name, size in CASES:
        with tempfile.TemporaryDirectory() as folder:
            worst, wrong = check(sys.argv[1], Path(folder), name, size)
        print(f'{name}, {size} px: logits {worst:.1e}, {wrong} of {PHOTOS} classes differ')
        failed |= not worst <= 1e-4 or wrong > 0
    with tempfile.TemporaryDirectory() as folder:
        found = transform_input_check(sys.argv[1], Path(folder))
    print('googlenet with and without transform_input: ' + ', '.join(f'{value:.1e}' for value in found))
    sys.exit(failed or not max(found) <= 1e-4)


main()
