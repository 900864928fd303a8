"""The networks that torchvision has too, and ResNet-18-D built from its parts, with equal weights: the same logits, the same
gradients of one training step, the same losses over up to ten steps, and trained weights that load back with strict=True.

    arch.py ARCH_RUN [NAME...]

LINNET_LONG=1: all fifteen. Exit status 77: torch or torchvision is not installed.
"""
import copy
import functools
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tv
from tv import nn, np, torch

ALL = tv.NAMES + tv.RESNET_D
MOMENTUM, DECAY = 0.9, 1e-4

# name, images, channels, pixels, classes, and steps of training
SHORT_LOGITS = [('alexnet', 4, 3, 96, 10), ('vgg11', 2, 1, 37, 3), ('googlenet', 4, 3, 97, 11), ('resnet18', 4, 1, 75, 5),
                ('resnet50', 4, 3, 64, 1000), ('resnet18d', 4, 3, 75, 7), ('resnet18d_half', 2, 1, 97, 3)]
SHORT_TRAINING = [('alexnet', 4, 3, 67, 5, 2), ('vgg11_bn', 4, 3, 32, 4, 2), ('googlenet', 8, 3, 64, 7, 3),
                  ('resnet18', 8, 3, 64, 10, 10), ('resnet50', 8, 1, 48, 3, 3), ('resnet18d_half', 8, 3, 75, 5, 3)]
LONG_LOGITS = [(name, 4, 3, 224, 1000) for name in ALL] + [(name, 3, 1, 131, 13) for name in ALL] + [
    ('googlenet', 2, 3, 15, 2), ('resnet18', 3, 3, 1, 4), ('alexnet', 5, 3, 63, 3), ('vgg16_bn', 2, 3, 32, 2)]
LONG_TRAINING = [(name, 8, 3, 96, 10, 10) for name in ALL]


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def make(program, folder, name, channels, size, classes):
    """Creates a model file of the architecture and torchvision's network with the same weights."""
    file = folder / 'model.safetensors'
    run(program, 'make', name, channels, size, classes, file)
    net = tv.build(name, channels, classes)
    net.load_state_dict(tv.read(file)[0], strict=True)  # Linnet's fresh weights are torchvision's by name and shape
    net = tv.build(name, channels, classes)
    return file, net


# ---- inference ----

def logits_check(program, folder, case):
    name, count, channels, size, classes = case
    file, net = make(program, folder, name, channels, size, classes)
    if size > 1:
        tv.randomise_statistics(net, tv.pictures(max(count, 8), channels, size, 3))
    images = tv.pictures(count, channels, size, 1)
    tv.put(net, file)
    (folder / 'images').write_bytes(images.numpy().tobytes())
    run(program, 'infer', file, count, folder)
    with torch.no_grad():
        theirs = net.eval()(images).numpy()
    ours = np.fromfile(folder / 'logits', '<f4').reshape(theirs.shape)
    return {'logits': (tv.difference(ours, theirs), 1e-4),
            'top-1': (float((ours.argmax(1) != theirs.argmax(1)).sum()), 0)}


# ---- training ----

def loss_of(output, labels):
    """As torchvision's GoogLeNet is trained: both auxiliary heads with a weight of 0.3."""
    entropy = nn.functional.cross_entropy
    if torch.is_tensor(output):
        return entropy(output, labels)
    return entropy(output.logits, labels) + 0.3 * (entropy(output.aux_logits1, labels) + entropy(output.aux_logits2, labels))


def torch_train(net, images, labels, lr):
    optimiser = torch.optim.SGD(net.parameters(), lr=lr, momentum=MOMENTUM, weight_decay=DECAY)
    net.train()
    losses, grads = [], {}
    for x, y in zip(images, labels):
        optimiser.zero_grad()
        loss = loss_of(net(x), y)
        loss.backward()
        if not losses:
            grads = {name: p.grad.clone().numpy().ravel() for name, p in net.named_parameters()}
        losses.append(loss.item())
        optimiser.step()
    return np.array(losses), grads


def parted(names, flat, like):
    """Splits concatenated gradients by name."""
    sizes = [like[name].size for name in names]
    assert sorted(names) == sorted(like) and sum(sizes) == flat.size
    return dict(zip(names, np.split(flat, np.cumsum(sizes)[:-1])))


def worst_gradient(ours, theirs, exact):
    """The worst difference, relative in norm, parameter by parameter. Where a gradient cancels (that of a bias before a
    batch norm is zero but for rounding), PyTorch's float32 is as far from its float64 as we are. exact() gives the
    float64 gradients, and five times float32's distance from them is allowed."""
    norm = np.linalg.norm
    floor = {name: 1e-3 * norm(theirs[name[:-4] + 'weight']) if name.endswith('.bias') else 1e-30 for name in ours}
    far = {name: float(norm(ours[name] - theirs[name]) / max(norm(theirs[name]), floor[name])) for name in ours}
    if max(far.values()) > 1e-3:
        truth = exact()
        far = {name: min(far[name], float(norm(ours[name] - truth[name])
                                          / max(norm(truth[name]), 5000 * norm(theirs[name] - truth[name]))))
               for name in ours}
    return max((value, name) for name, value in far.items())


def worst_loss(ours, theirs, exact):
    """The worst relative difference over the steps. Where the two differ, float64 decides: a rounding error that grows
    from step to step may be PyTorch's float32's as well as ours."""
    def worst(want):
        return float(np.abs(ours / want - 1).max())
    return worst(theirs) if worst(theirs) <= 1e-3 else min(worst(theirs), worst(exact()))


def worst_statistic(state, trained):
    return max([tv.difference(trained[name], tensor) for name, tensor in state.items() if 'running_' in name], default=0)


def training_check(program, folder, case):
    name, count, channels, size, classes, steps = case
    lr = 1e-4 if name.endswith('_bn') else 1e-5 if name.startswith('vgg') else 0.002  # else it diverges, and chaos is near
    file, net = make(program, folder, name, channels, size, classes)
    tv.steady(net)
    tv.put(net, file)
    images = tv.pictures(steps * count, channels, size, 5).reshape(steps, count, channels, size, size)
    labels = torch.randint(0, classes, (steps, count), generator=torch.Generator().manual_seed(6))
    (folder / 'images').write_bytes(images.contiguous().numpy().tobytes())
    (folder / 'labels').write_bytes(labels.numpy().astype('<i4').tobytes())
    names = run(program, 'train', file, count, steps, lr, MOMENTUM, DECAY, folder)
    before = copy.deepcopy(net)
    losses, grads = torch_train(net, images, labels, lr)
    ours = np.fromfile(folder / 'losses', '<f8')
    exact = functools.cache(lambda: torch_train(before.double(), images.double(), labels, lr))
    worst, where = worst_gradient(parted(names, np.fromfile(folder / 'grads', '<f4'), grads), grads,
                                  lambda: exact()[1])
    trained, _ = tv.read(folder / 'trained.safetensors')
    statistics = worst_statistic(net.state_dict(), trained)
    net.load_state_dict(trained, strict=True)
    return {'first loss': (abs(ours[0] / losses[0] - 1), 1e-5),
            f'gradients (worst {where})': (worst, 1e-3),
            'losses': (worst_loss(ours, losses, lambda: exact()[0]), 1e-3),
            'running statistics': (statistics, 1e-2)}


# ----

def attempt(program, kind, case, number):
    begin = time.process_time()
    torch.manual_seed(sum(map(ord, case[0])) + number)
    with tempfile.TemporaryDirectory() as folder:
        found = kind(program, Path(folder), case)
    print(f'{kind.__name__[:-6]} {" ".join(map(str, case))}: '
          + ', '.join(f'{what} {value:.1e}' for what, (value, _) in found.items())
          + f' ({time.process_time() - begin:.1f} s)', flush=True)
    return {what: value / limit if limit else value for what, (value, limit) in found.items() if not value <= limit}


KINK = 30  # times the limit: the most that one number on a kink changes


def case_check(program, kind, case):
    """The list of what is wrong. A ReLU or a maximum may lie exactly on its kink, where rounding decides the gradient. This is
    rare, depends on the weights and changes little, so a small difference in training is forgiven if two other draws have none."""
    wrong = attempt(program, kind, case, 0)
    if not wrong or kind is logits_check or not all(value <= KINK for value in wrong.values()):
        return list(wrong)
    wrong_too = [what for number in (1, 2) for what in attempt(program, kind, case, number)]
    print(f'{case[0]}: {", ".join(wrong)} in one of three draws' if not wrong_too else f'{case[0]}: in several draws')
    return [*wrong, *wrong_too] if wrong_too else []


def main():
    only = sys.argv[2:]  # names, or all
    torch.set_num_threads(2)
    logits, training = (LONG_LOGITS, LONG_TRAINING) if tv.LONG else (SHORT_LOGITS, SHORT_TRAINING)
    todo = [(logits_check, case) for case in logits] + [(training_check, case) for case in training]
    todo = [(kind, case) for kind, case in todo if not only or case[0] in only]
    for kind in logits_check, training_check:
        done = {case[0] for which, case in todo if which is kind}
        if left := [name for name in tv.NAMES if name not in done and (not only or name in only)]:
            print(f'skipped without LINNET_LONG=1: {kind.__name__[:-6]} of', *left)
    failed = [(case, wrong) for kind, case in todo if (wrong := case_check(sys.argv[1], kind, case))]
    for case, wrong in failed:
        print('FAILED', case, *wrong)
    sys.exit(bool(failed))


main()
