"""`linnet summary` against the table that torchsummary would make: a hook on each leaf module of torchvision's network
records its output's shape and its parameters, in the order of the calls.

    arch_summary.py LINNET

Exit status 77: torch or torchvision is not installed.
"""
import json
import subprocess
import sys

import tv
from tv import nn, torch, torchvision

# name, pixels, channels, classes: the usual ones (all of the large VGGs only with LINNET_LONG=1), and a few unusual ones
NAMES = [name for name in tv.NAMES if tv.LONG or not name.startswith('vgg') or name in ('vgg16', 'vgg19_bn')]
CASES = [(name, 224, 3, 1000) for name in NAMES] + [
    ('alexnet', 67, 1, 7), ('googlenet', 97, 3, 11), ('googlenet', 15, 3, 2), ('resnet18', 33, 1, 5),
    ('resnet50', 1, 3, 2)]

# Operations that torchvision calls as functions and Linnet lists as layers.
FUNCTIONS = {'Input', 'Flatten', 'Add', 'Concat'}
GOOGLENET_FUNCTIONS = FUNCTIONS | {'ReLU'}


def rows_of_torch(name, size, channels, classes):
    """On PyTorch's meta device, where tensors have shapes and no numbers."""
    net, rows = tv.build(name, channels, classes).to('meta'), []

    def hook(module, inputs, output):
        parameters = sum(p.numel() for p in module.parameters())
        rows.append((type(module).__name__, list(output.shape[1:]), parameters))

    for module in net.modules():
        if not list(module.children()):
            module.register_forward_hook(hook)
    if size == 1:
        net.eval()  # a batch norm of one number has no variance, and refuses to train
    with torch.no_grad():
        net(torch.zeros(2, channels, size, size, device='meta'))
    return rows, sum(p.numel() for p in net.parameters())


def rows_of_linnet(program, name, size, channels, classes):
    command = [program, 'summary', name, '--imgsz', str(size), '--channels', str(channels), '--classes', str(classes), '-b', '2',
               '--json']
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    table = json.loads(done.stdout)
    left_out = GOOGLENET_FUNCTIONS if name == 'googlenet' else FUNCTIONS
    rows = [(layer['kind'], layer['shape'][1:], layer['parameters'])
            for layer in table['layers'] if layer['kind'] not in left_out
            and not (layer['name'].startswith('aux') and layer['kind'] == 'AdaptiveAvgPool2d')]
    return rows, table['parameters']


def check(program, case):
    ours, our_total = rows_of_linnet(program, *case)
    theirs, their_total = rows_of_torch(*case)
    wrong = [(a, b) for a, b in zip(ours, theirs) if a != b][:3]
    if len(ours) != len(theirs) or wrong or our_total != their_total:
        return f'{case}: {len(ours)} rows and {len(theirs)}, {our_total} and {their_total} parameters, {wrong}'
    print(f'{case}: {len(ours)} layers, {our_total:,} parameters')
    return None


def main():
    if left := [name for name in tv.NAMES if name not in NAMES]:
        print('skipped without LINNET_LONG=1:', *left)
    wrong = [line for case in CASES if (line := check(sys.argv[1], case))]
    for line in wrong:
        print('FAILED', line)
    sys.exit(bool(wrong))


main()
