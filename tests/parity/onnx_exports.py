"""Linnet's ONNX files in other runtimes, for every architecture, with the newest packages: what LINNET_PEERS_PYTHON has.

    onnx_exports.py LINNET

Each network gets random statistics, is exported and imported:

- onnx.checker accepts the file, with shape inference;
- ONNX Runtime's and OpenVINO's logits equal Linnet's within 1e-4 of the largest, at batches of 1 and 7;
- the imported weights, and the logits computed from them, have the bits of the exported ones.

Residual networks in 8 bits: ONNX Runtime and OpenVINO load the file, and their logits are as near to Linnet's as fp32's are.

LINNET_PEERS_NETS: only these names. Exit status 77: as peers.py says.
"""
import json
import os
import subprocess
import sys
import tempfile

from peers import LINNET, finish, linnet, np, read_logits, relative, report, runtime_logits, wanted, write_pictures

try:
    import onnx
except ImportError:
    print('skipped: no LINNET_PEERS_PYTHON with onnx')
    sys.exit(77)
try:
    import openvino
except ImportError:
    openvino = None
    print('no openvino')

EIGHT_SIZE, EIGHT_WHOLE = 32, 37  # the networks in 8 bits: input, and pictures that Linnet only crops
PICTURES = [f'pictures/{i}.ppm' for i in range(7)]


def read_tensors(path):
    """Header and bytes of each tensor, by name."""
    with open(path, 'rb') as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), 'little')))
        content = file.read()
    return {name: (entry, content[slice(*entry['data_offsets'])]) for name, entry in header.items() if name != '__metadata__'}


def shake_statistics(path):
    """Random numbers in place of fresh batch norms, which are all alike."""
    ranges = {'running_mean': (-.1, .1), 'running_var': (.5, 1.5)}
    norms = {name.rpartition('.')[0] for name in read_tensors(path) if name.endswith('running_var')}
    random = np.random.default_rng(1)
    with open(path, 'r+b') as file:
        length = int.from_bytes(file.read(8), 'little')
        header = json.loads(file.read(length))
        for name, entry in header.items():
            layer, _, kind = name.rpartition('.')
            if layer in norms and kind != 'num_batches_tracked':
                begin, end = entry['data_offsets']
                low, high = ranges.get(kind, (.5, 1) if kind == 'weight' else (-.1, .1))
                file.seek(8 + length + begin)
                file.write(random.uniform(low, high, (end - begin) // 4).astype(np.float32).tobytes())


def same_tensors(before, after):
    """None if `after` has the bytes of `before`; auxiliary heads are not exported."""
    ours, theirs = read_tensors(before), read_tensors(after)
    unlike = [name for name, (_, content) in theirs.items() if name not in ours or ours[name][1] != content]
    lost = [name for name in ours if name not in theirs and not name.startswith('aux') and 'num_batches' not in name]
    return f'other bits: {unlike[:5]}, lost: {lost[:5]}' if unlike or lost else None


def metadata(path):
    return {entry.key: entry.value for entry in onnx.load(path).metadata_props}


def pictures(notes):
    """The network's input, [7, c, h, w]."""
    sides, rule = json.loads(notes['imgsz']), json.loads(notes['linnet.preprocess'])
    pixels = write_pictures(PICTURES, sides[0], rule['resize'], rule['channels'])
    return ((pixels / np.float32(255) - np.float32(rule['mean'])) / np.float32(rule['std'])).transpose(0, 3, 1, 2)


def compare(name, kind, flags=()):
    title = f'{name}{kind}'
    error = linnet('export', name, '--weights', 'w.safetensors', '-o', 'e.onnx', *flags) or \
        linnet('import', 'e.onnx', '-o', 'm.safetensors')
    if error:
        report(title, error)
        return
    onnx.checker.check_model('e.onnx', full_check=True)
    images, ours = pictures(metadata('e.onnx')), {}
    for batch in 1, 7:
        error = linnet('predict', 'm.safetensors', 'pictures', '--logits', '-b', str(batch), '-o', 'p.csv')
        if error:
            report(title, error)
            return
        ours[batch] = read_logits('p.csv')[:batch]
        report(f'{title}, ONNX Runtime at a batch of {batch}', relative(ours[batch], runtime_logits('e.onnx', images[:batch])))
    if openvino:
        theirs = openvino.compile_model('e.onnx', 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
        for batch in 1, 7:
            report(f'{title}, OpenVINO at a batch of {batch}', relative(ours[batch], theirs(images[:batch])[0]))


def same_logits(name):
    """The logits must keep their bits through one more export and import."""
    error = linnet('export', 'm.safetensors', '-o', 'again.onnx') or linnet('import', 'again.onnx', '-o', 'again.safetensors') or \
        linnet('predict', 'again.safetensors', 'pictures', '--logits', '-o', 'again.csv') or \
        linnet('predict', 'm.safetensors', 'pictures', '--logits', '-o', 'p.csv')
    if not error and not np.array_equal(read_logits('again.csv'), read_logits('p.csv')):
        error = 'logits of other bits'
    report(f'{name}, exported and imported twice', error)


def check(name):
    error = linnet('export', name, '-o', 'w.safetensors')
    if error:
        report(name, error)
        return
    shake_statistics('w.safetensors')
    compare(name, ', folded', ['--fold'])
    compare(name, '')
    report(f'{name}, imported weights', same_tensors('w.safetensors', 'm.safetensors'))
    same_logits(name)


def root_mean_square(x):
    return float(np.sqrt(np.square(x, dtype=np.float64).mean()))


def write_data():
    """Pictures of two classes that differ in brightness and in the direction of stripes; returns their pixels."""
    random, pixels = np.random.default_rng(2), []
    for kind, axis in ('dark', 0), ('light', 1):
        os.makedirs(f'data/{kind}', exist_ok=True)
        for i in range(24):
            stripes = np.sin(np.arange(EIGHT_WHOLE) * random.uniform(.5, 2) + random.uniform(0, 6))
            picture = 100 + 40 * axis + 50 * np.expand_dims(stripes, (1 - axis, 2)) + random.normal(0, 20, (EIGHT_WHOLE, EIGHT_WHOLE, 3))
            pixels.append(picture.clip(0, 255).astype(np.uint8))
            with open(f'data/{kind}/{i:02}.ppm', 'wb') as out:
                out.write(b'P6 %d %d 255\n' % (EIGHT_WHOLE, EIGHT_WHOLE) + pixels[-1].tobytes())
    at = (EIGHT_WHOLE - EIGHT_SIZE) // 2
    return np.float32(pixels)[:, at:at + EIGHT_SIZE, at:at + EIGHT_SIZE]


def check_int8(name):
    """A residual network in 8 bits: other kernels round elsewhere, so the logits may differ as much as they do from fp32's."""
    pixels = write_data()
    model, int8 = f'runs/{name}/last.safetensors', 'int8.safetensors'
    error = linnet('train', 'data', '-m', name, '--imgsz', str(EIGHT_SIZE), '--epochs', '6', '-b', '8', '--project', 'runs', '--name', name) or \
        linnet('quantize', model, '--calibrate', 'data', '-o', int8) or linnet('export', int8, '-o', 'int8.onnx') or \
        linnet('predict', model, 'data', '--tta=none', '--logits', '-o', 'f32.csv') or \
        linnet('predict', int8, 'data', '--tta=none', '--logits', '-o', 'int8.csv')
    if error:
        report(f'{name} in 8 bits', error)
        return
    onnx.checker.check_model('int8.onnx', full_check=True)
    rule = json.loads(metadata('int8.onnx')['linnet.preprocess'])
    images = ((pixels / np.float32(255) - np.float32(rule['mean'])) / np.float32(rule['std'])).transpose(0, 3, 1, 2)
    f32, ours = read_logits('f32.csv'), read_logits('int8.csv')
    noise = root_mean_square(ours - f32)
    theirs = {'ONNX Runtime': runtime_logits('int8.onnx', images)}
    if openvino:
        theirs['OpenVINO'] = openvino.compile_model('int8.onnx', 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})(images)[0]
    for runtime, logits in theirs.items():
        difference, title = root_mean_square(logits - ours), f'{name} in 8 bits, {runtime}'
        print(f'{title}: {difference:.3f} from Linnet, which is {noise:.3f} from fp32, of {root_mean_square(f32):.3f}')
        report(title, None if difference < 2 * noise + .01 * root_mean_square(f32) else 'too far from Linnet')


def main():
    listed = subprocess.run([LINNET, 'models', '--json'], capture_output=True, text=True, check=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.mkdir('pictures')
        for entry in json.loads(listed):
            if wanted(entry['name']):
                check(entry['name'])
        for name in 'cifar_resnet20', 'resnet18d_half':
            if wanted(name):
                check_int8(name)
        os.chdir('/')
    finish()


main()
