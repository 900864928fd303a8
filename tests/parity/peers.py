"""Shared by the scripts that compare with the newest packages. Importing this file restarts the script in the Python that
LINNET_PEERS_PYTHON names. Exit status 77: LINNET_LONG or LINNET_PEERS_PYTHON is not set, or the Python lacks a package."""
import csv
import os
import subprocess
import sys

if not os.environ.get('LINNET_LONG'):
    print('skipped: without LINNET_LONG=1: ONNX files of other programs')
    sys.exit(77)
if not os.environ.get('LINNET_PEERS_PYTHON'):
    print('skipped: no LINNET_PEERS_PYTHON')
    sys.exit(77)
if os.environ.get('LINNET_PEERS_INSIDE') != '1':
    os.environ['LINNET_PEERS_INSIDE'] = '1'
    os.execv(os.environ['LINNET_PEERS_PYTHON'], [os.environ['LINNET_PEERS_PYTHON'], '-B', *sys.argv])

sys.path.pop(0)  # a file beside this one has the name of the package
try:
    import numpy as np
    import onnxruntime
except ImportError as missing:
    print('skipped: no LINNET_PEERS_PYTHON with', missing.name)
    sys.exit(77)

LINNET, LIMIT = sys.argv[1], 1e-4
WANTED = os.environ.get('LINNET_PEERS_NETS', '').split()
failures = []


def wanted(name):
    return not WANTED or name in WANTED


def linnet(*arguments):
    """Runs linnet. None, or the message if it fails."""
    done = subprocess.run([LINNET, *arguments], capture_output=True, text=True)
    return done.stderr.strip() or f'status {done.returncode}' if done.returncode else None


def report(title, difference):
    """Prints a result: a difference of logits, the message of a failure, or None for success."""
    text = 'ok' if difference is None else difference if isinstance(difference, str) else format(difference, '.1e')
    print(f'{title}: {text}', flush=True)
    if difference is not None and (isinstance(difference, str) or not difference < LIMIT):
        failures.append(title)


def relative(ours, theirs):
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def write_pictures(names, size, whole=0, channels=3):
    """Writes random pictures of `whole` rows and columns; returns what Linnet crops from them: [pictures, size, size, channels]."""
    whole, random = whole or size, np.random.default_rng(0)
    at = (whole - size) // 2
    pixels = random.integers(0, 256, (len(names), whole, whole, channels), dtype=np.uint8)
    for name, picture in zip(names, pixels):
        with open(name, 'wb') as out:
            out.write(b'P%d %d %d 255\n' % (6 if channels == 3 else 5, whole, whole) + picture.tobytes())
    return pixels[:, at:at + size, at:at + size].astype(np.float32)


def read_logits(path):
    """The logits in a file that `linnet predict --logits -o` wrote: [pictures, classes], in the order of the pictures' names."""
    with open(path, encoding='utf-8', newline='') as file:
        header, *rows = csv.reader(file)
    at = header.index('probability') + 1
    return np.float32([row[at:] for row in sorted(rows)])


def runtime_logits(path, images):
    session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
    return session.run(None, {session.get_inputs()[0].name: images})[0]


def finish():
    if failures:
        sys.exit(f'{len(failures)} failed: {", ".join(failures)}')
