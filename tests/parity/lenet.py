"""LeNet and LeNet-5 compared with PyTorch: equal weights give equal logits, loss and gradients, and equal losses and
weights over some steps of SGD with momentum.

    lenet.py NET_RUN

Exit status 77: PyTorch is not installed.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
    import torch
    from torch import nn
except ImportError as error:
    print('skipped:', error)
    sys.exit(77)


def lenet(channels, size, classes):
    side = ((size - 4) // 2 - 4) // 2
    net = nn.Sequential()
    net.add_module('conv1', nn.Conv2d(channels, 16, 5))
    net.add_module('relu1', nn.ReLU())
    net.add_module('pool1', nn.MaxPool2d(2))
    net.add_module('conv2', nn.Conv2d(16, 32, 5))
    net.add_module('relu2', nn.ReLU())
    net.add_module('pool2', nn.MaxPool2d(2))
    net.add_module('flatten', nn.Flatten())
    net.add_module('fc1', nn.Linear(32 * side * side, 512))
    net.add_module('relu3', nn.ReLU())
    net.add_module('fc2', nn.Linear(512, classes))
    return net


def lenet5(channels, size, classes):
    net = nn.Sequential()
    net.add_module('c1', nn.Conv2d(channels, 6, 5))
    net.add_module('tanh1', nn.Tanh())
    net.add_module('s2', nn.AvgPool2d(2))
    net.add_module('c3', nn.Conv2d(6, 16, 5))
    net.add_module('tanh2', nn.Tanh())
    net.add_module('s4', nn.AvgPool2d(2))
    net.add_module('c5', nn.Conv2d(16, 120, 5))
    net.add_module('tanh3', nn.Tanh())
    net.add_module('flatten', nn.Flatten())
    net.add_module('f6', nn.Linear(120, 84))
    net.add_module('tanh4', nn.Tanh())
    net.add_module('output', nn.Linear(84, classes))
    return net


# build, channels, size, classes, batch, steps, lr, momentum, weight decay, label smoothing
#
# LeNet takes only three steps on large images. Among the million inputs of its ReLUs and maxima, one or two lie within
# rounding of the point where the gradient jumps. Another order of additions puts them on the other side, and training
# multiplies the difference by ten every few steps. LeNet-5's tanh and means have no such points.
CASES = [
    (lenet, 1, 28, 10, 32, 20, 0.02, 0.9, 0, 0),
    (lenet, 3, 64, 2, 16, 3, 0.01, 0.9, 0, 0),
    (lenet, 3, 61, 5, 7, 3, 0.01, 0.9, 1e-3, 0.1),
    (lenet5, 1, 32, 10, 32, 20, 0.05, 0.9, 0, 0),
    (lenet5, 3, 32, 7, 5, 20, 0.05, 0.9, 1e-3, 0.1),
]


def names_and_shapes(net):
    return ''.join(f'{name} {list(p.shape)}\n' for name, p in net.state_dict().items())


def flat(tensors):
    return np.concatenate([t.detach().numpy().ravel() for t in tensors]).astype('<f4')


def torch_run(net, images, labels, lr, momentum, decay, smoothing):
    """Logits and gradients of the first step, the loss of each, the weights afterwards."""
    loss_of = nn.CrossEntropyLoss(label_smoothing=smoothing)
    optimiser = torch.optim.SGD(net.parameters(), lr=lr, momentum=momentum, weight_decay=decay)
    losses = []
    for x, y in zip(images, labels):
        optimiser.zero_grad()
        out = net(torch.from_numpy(x))
        loss = loss_of(out, torch.from_numpy(y).long())
        loss.backward()
        if not losses:
            logits, grads = out.detach().numpy(), flat(p.grad for p in net.parameters())
        losses.append(loss.item())
        optimiser.step()
    return logits, grads, np.array(losses), flat(net.parameters())


def linnet_run(program, folder, case, names):
    build, *numbers = case
    arguments = [build.__name__, *numbers, folder]
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == names, f'names and shapes:\n{done.stdout}PyTorch has\n{names}'
    read = lambda name, kind: np.fromfile(folder / name, kind)
    return read('logits', '<f4'), read('grads', '<f4'), read('losses', '<f8'), read('trained', '<f4')


def difference(ours, theirs):
    """The largest difference, relative to the largest value."""
    ours, theirs = ours.ravel(), theirs.ravel()
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def gradient_difference(net, ours, theirs):
    """Parameter by parameter: the gradients of the first layer are much smaller than those of the last."""
    at, worst = 0, 0
    for p in net.parameters():
        worst = max(worst, difference(ours[at:at + p.numel()], theirs[at:at + p.numel()]))
        at += p.numel()
    assert at == len(ours) == len(theirs)
    return worst


def case_check(program, case):
    build, channels, size, classes, batch, steps, lr, momentum, decay, smoothing = case
    torch.manual_seed(1)
    net = build(channels, size, classes)
    random = np.random.RandomState(2)
    images = random.uniform(-1, 1, (steps, batch, channels, size, size)).astype('<f4')
    labels = random.randint(0, classes, (steps, batch)).astype('<i4')
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        flat(net.parameters()).tofile(folder / 'weights')
        images.tofile(folder / 'images')
        labels.tofile(folder / 'labels')
        ours = linnet_run(program, folder, case, names_and_shapes(net))
    theirs = torch_run(net, images, labels, lr, momentum, decay, smoothing)
    found = {
        'logits': (difference(ours[0], theirs[0]), 1e-5),
        'first loss': (abs(ours[2][0] / theirs[2][0] - 1), 1e-5),
        'gradients': (gradient_difference(net, ours[1], theirs[1]), 2e-5),
        'losses': (float(np.abs(ours[2] / theirs[2] - 1).max()), 1e-5),
        'trained weights': (difference(ours[3], theirs[3]), 1e-5),
    }
    print(f'{build.__name__} {channels}x{size}x{size} batch {batch}: '
          + ', '.join(f'{what} {value:.1e}' for what, (value, _) in found.items()))
    return [what for what, (value, limit) in found.items() if not value <= limit]


def main():
    torch.set_num_threads(2)
    failed = {str(case): wrong for case in CASES if (wrong := case_check(sys.argv[1], case))}
    for case, wrong in failed.items():
        print('FAILED', case, *wrong)
    sys.exit(bool(failed))


main()
