"""`linnet embed` on the same weights and pictures as PyTorch: the features compared with the input of PyTorch's last linear layer, the
map with NumPy's singular value decomposition, the order of similar pictures with NumPy's cosines.

    embed.py ARCH_RUN LINNET

Exit status 77: torch, torchvision or PIL is not installed.
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
except ImportError as error:
    print('skipped:', error)
    sys.exit(77)

WORST = 1e-4  # of the largest number
CLASSES, PICTURES = 3, 18
# name, pixels, the module whose input the features are
CASES = [('resnet18', 65, 'fc'), ('alexnet', 80, 'classifier.6')]


def run(*arguments):
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def write_data(folder, size):
    """Pictures in folders of their classes; the networks' input in Linnet's order. arch_run's models normalise by 0.5 and 0.5."""
    pixels = (tv.pictures(PICTURES, 3, size, 1) * 50 + 128).clamp(0, 255).round()
    for i, picture in enumerate(pixels):
        target = folder / f'class{i * CLASSES // PICTURES}'
        target.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture.permute(1, 2, 0).numpy().astype(np.uint8)).save(target / f'{i:02}.png')
    return (pixels / 255 - 0.5) / 0.5


def by_torch(net, module, x):
    kept = []
    handle = net.get_submodule(module).register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0].detach()))
    with torch.no_grad():
        net(x)
    handle.remove()
    return kept[0].numpy()


def by_svd(features):
    """Principal components: places and shares of the variance."""
    x = features.astype(np.float64) - features.mean(0, dtype=np.float64)
    _, values, directions = np.linalg.svd(x, full_matrices=False)
    for row in directions[:2]:
        row *= np.sign(row[np.abs(row).argmax()])
    return x @ directions[:2].T, (values ** 2 / (values ** 2).sum())[:2]


def far(a, b):
    return float(np.abs(a - b).max() / np.abs(b).max())


def check(arch_run, linnet, case, folder):
    name, size, module = case
    torch.manual_seed(5)
    file = folder / 'model.safetensors'
    run(arch_run, 'make', name, 3, size, 7, file)
    net = tv.build(name, 3, 7)
    tv.randomise_statistics(net, tv.pictures(8, 3, size, 3))
    tv.put(net, file)
    x = write_data(folder / 'data', size)
    photo = next(p for p in (folder / 'data').rglob('07.png'))
    said = json.loads(run(linnet, 'embed', file, folder / 'data', '-o', folder / 'out', '--similar', photo, '--nearest', 5, '--json'))
    ours, theirs = np.load(folder / 'out/features.npy'), by_torch(net.eval(), module, x)
    assert ours.dtype == np.float32 and ours.shape == theirs.shape, (ours.dtype, ours.shape, theirs.shape)
    rows = list(csv.reader(open(folder / 'out/features.csv')))
    assert [Path(r[0]).name for r in rows[1:]] == [f'{i:02}.png' for i in range(PICTURES)], rows[1:]
    assert np.array_equal(np.array([r[3:] for r in rows[1:]], np.float32), ours), 'features.csv differs from features.npy'
    places, shares = by_svd(ours)
    mapped = np.array([[float(v) for v in r[3:]] for r in list(csv.reader(open(folder / 'out/map.csv')))[1:]])
    unit = ours / np.linalg.norm(ours, axis=1, keepdims=True)
    cosines = unit @ unit[7]
    nearest = np.argsort(-cosines, kind='stable')[:5]
    similar = [(Path(s['path']).name, s['similarity']) for s in said['similar']]
    assert [n for n, _ in similar] == [f'{i:02}.png' for i in nearest], (similar, nearest)
    assert np.allclose([s for _, s in similar], cosines[nearest], atol=1e-5) and similar[0][1] > 0.99999, similar
    figures = {'features': far(ours, theirs), 'map': far(mapped, places), 'shares': far(np.array(said['variance']), shares)}
    print(name, ours.shape, {k: f'{v:.1e}' for k, v in figures.items()}, flush=True)
    return [(name, k, v) for k, v in figures.items() if not v <= WORST]


def main():
    torch.set_num_threads(1)
    wrong = []
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            wrong += check(*sys.argv[1:3], case, Path(folder))
    for each in wrong:
        print('FAILED', *each)
    sys.exit(bool(wrong))


main()
