"""The raw maps of `linnet explain --npy` compared with Grad-CAM, HiResCAM and LayerCAM by PyTorch's gradients, on the same
weights and pictures. The formulas are those of pytorch-grad-cam before its normalisation; where that package is installed
(`pip install grad-cam`), its own maps of the default layers are compared as well.

PyTorch computes in float64. If the input of a ReLU lies within rounding of 0, or the two largest inputs of a pooling within rounding of
each other, the last bit decides a gradient: PyTorch's own float32 maps of one vgg11 are 4 % off. If a map differs, the script looks for
such inputs (kinks.py). The map must agree once some of them, the same for all methods, are moved to their other side. For layers deep
below the output, Linnet runs with --conv direct: Winograd's transforms round ten times as coarsely, so too many inputs would have to be
tried. (A map of resnet18 differed by 6.5e-2 for one ReLU whose input was 1.1e-6; with that input moved, by 1.8e-6.)

    explain.py ARCH_RUN LINNET [NAME...]

Without names, vgg11_bn and resnet50 are left out, because they take minutes; LINNET_LONG=1 includes them.

Exit status 77: torch, torchvision or PIL is not installed.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import tv
from kinks import Kinks
from tv import nn, np, torch

try:
    import pytorch_grad_cam
except ImportError:
    pytorch_grad_cam = None

try:
    from PIL import Image
except ImportError as error:
    print('skipped:', error)
    sys.exit(77)

WORST = 1e-4  # of the largest number of the map
CLASSES = 7
MOVES = 4     # at most so many kinks are moved

# name, channels, pixels, and layers: Linnet's name (None: the default) with that of PyTorch's module
CASES = [
    ('lenet', 1, 28, [(None, 'relu2'), ('maxpool1', 'pool1'), ('maxpool2', 'pool2')]),
    ('alexnet', 3, 96, [(None, 'features.11'), ('features.12', 'features.12'), ('features.4', 'features.4')]),
    ('vgg11', 3, 64, [(None, 'features.19'), ('features.20', 'features.20'), ('features.7', 'features.7')]),
    ('vgg11_bn', 1, 40, [(None, 'features.27'), ('features.10', 'features.10')]),
    ('googlenet', 3, 97, [(None, 'inception5b'), ('inception4a', 'inception4a'), ('inception3a.branch2', 'inception3a.branch2'),
                          ('conv1.relu', 'conv1')]),
    ('resnet18', 3, 75, [(None, 'layer4'), ('layer4.0', 'layer4.0'), ('layer2', 'layer2'), ('maxpool', 'maxpool')]),
    ('resnet50', 1, 64, [(None, 'layer4'), ('layer3', 'layer3')]),
]
SLOW = {'vgg11_bn', 'resnet50'}
METHODS = {
    'gradcam': lambda a, g: torch.relu((g.mean((2, 3), keepdim=True) * a).sum(1)),
    'hirescam': lambda a, g: torch.relu((g * a).sum(1)),
    'layercam': lambda a, g: torch.relu((torch.relu(g) * a).sum(1)),
}


def is_wanted(name, only):
    return name in only if only else name not in SLOW or 'LINNET_LONG' in os.environ


class LeNet(nn.Sequential):
    def __init__(self, channels, size):
        side = ((size - 4) // 2 - 4) // 2
        super().__init__()
        for name, module in [('conv1', nn.Conv2d(channels, 16, 5)), ('relu1', nn.ReLU()), ('pool1', nn.MaxPool2d(2)),
                             ('conv2', nn.Conv2d(16, 32, 5)), ('relu2', nn.ReLU()), ('pool2', nn.MaxPool2d(2)),
                             ('flatten', nn.Flatten()), ('fc1', nn.Linear(32 * side * side, 512)), ('relu3', nn.ReLU()),
                             ('fc2', nn.Linear(512, CLASSES))]:
            self.add_module(name, module)


def run(*arguments):
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def make(arch_run, folder, name, channels, size):
    """A model file, and PyTorch's network with its weights."""
    file = folder / 'model.safetensors'
    run(arch_run, 'make', name, channels, size, CLASSES, file)
    if name == 'lenet':
        net = LeNet(channels, size)
        net.load_state_dict(tv.read(file)[0], strict=True)
        return file, net.eval()
    net = tv.build(name, channels, CLASSES)
    tv.randomise_statistics(net, tv.pictures(8, channels, size, 3))
    tv.put(net, file)
    return file, net.eval()


def picture(folder, channels, size):
    """A picture file, and the network's input: arch_run's models normalise by mean 0.5 and deviation 0.5."""
    pixels = (tv.pictures(1, channels, size, 1)[0] * 50 + 128).clamp(0, 255).round()
    image = pixels.permute(1, 2, 0).numpy().astype(np.uint8)
    Image.fromarray(image[:, :, 0] if channels == 1 else image).save(folder / 'picture.png')
    return (pixels / 255 - 0.5)[None] / 0.5


def value_and_gradient(net, module, x, target):
    """The module's value, and the gradient of a logit with respect to it."""
    kept = []

    def keep(_, __, out):
        out.retain_grad()
        kept.append(out)
    handle = net.get_submodule(module).register_forward_hook(keep)
    logits = net(x.clone().requires_grad_())
    handle.remove()
    logits[0, target].backward()
    return kept[0].detach(), kept[0].grad, float(logits[0, target])


def maps_of(net, module, x, target):
    a, g, logit = value_and_gradient(net, module, x, target)
    return {method: formula(a, g)[0].numpy() for method, formula in METHODS.items()}, logit


def packages_map(net, module, x, target, method):
    """The map of pytorch-grad-cam, before it is scaled to [0, 1]."""
    kind = {'gradcam': pytorch_grad_cam.GradCAM, 'hirescam': pytorch_grad_cam.HiResCAM, 'layercam': pytorch_grad_cam.LayerCAM}[method]
    layer = net.get_submodule(module)
    with kind(model=net, target_layers=[layer]) as cam:
        cam.activations_and_grads(x)[0, target].backward()
        kept = cam.activations_and_grads
        values, gradients = (t[-1].detach().numpy() for t in (kept.activations, kept.gradients))
        return np.maximum(cam.get_cam_image(x, layer, None, values, gradients, False), 0)[0]


def choose_target(net, module, x):
    """The first class for which no method's map is all zeros: its number, its logit, and the maps."""
    for target in range(CLASSES):
        exact, logit = maps_of(net, module, x, target)
        if all(each.max() > 0 for each in exact.values()):
            break
    return target, logit, exact


def ours(linnet, folder, file, method, layer, target):
    options = ['--layer', layer, '--conv', 'direct'] if layer else []
    said = json.loads(run(linnet, 'explain', file, folder / 'picture.png', '--method', method, '--class', target, *options,
                          '--npy', '-o', folder / 'out', '--json'))[0]
    return np.load(folder / 'out' / 'picture.npy'), said


def distance(ours, theirs):
    """The largest difference, as a share of the largest number of their map."""
    return float(np.abs(ours - theirs).max() / max(theirs.max(), 1e-30))


def sum_of_squares(raws, maps):
    return sum(float(np.square(raws[method] - maps[method]).sum() / max(np.square(maps[method]).sum(), 1e-30)) for method in maps)


def beyond_kinks(net, module, x, target, raws):
    """PyTorch's maps with kinks moved, one after the other, each time the one that brings the maps nearest to raws."""
    best, _ = maps_of(net, module, x, target)
    with Kinks() as kinks:
        places, moved = kinks.near(lambda: net(x)), []
        while len(moved) < MOVES and max(distance(raws[method], best[method]) for method in best) > WORST:
            tried = []
            for place in places:
                kinks.begin()
                kinks.moved = moved + [place]
                tried.append((maps_of(net, module, x, target)[0], place))
            near, place = min(tried, key=lambda each: sum_of_squares(raws, each[0]), default=(best, None))
            if sum_of_squares(raws, near) >= sum_of_squares(raws, best):
                break
            best, moved = near, moved + [place]
    print(f'{module}: {len(places)} inputs at a kink, moved:', *(f'{2 * gap:.1e} in call {call}' for call, _, gap in moved), sep='  ')
    return best


def check_kinks():
    """The check must excuse a ReLU within rounding of its kink, and no other."""
    torch.manual_seed(1)
    net = nn.Sequential(nn.Identity(), nn.ReLU(), nn.Flatten(), nn.Linear(32, CLASSES)).double()
    net[3].weight.data.normal_()
    here = torch.randn(1, 2, 4, 4).double()
    there = here.clone()
    for gap, excused in ((1e-7, True), (1e-3, False)):
        here[0, 0, 1, 1], there[0, 0, 1, 1] = gap, -gap
        target, _, exact = choose_target(net, '0', here)
        raws = maps_of(net, '0', there, target)[0]
        far = [max(distance(raws[method], maps[method]) for method in maps) for maps in (exact, beyond_kinks(net, '0', here, target, raws))]
        assert far[0] > 10 * WORST and (far[1] <= WORST) == excused, (gap, far)


def case_check(arch_run, linnet, case):
    name, channels, size, layers = case
    wrong = []
    torch.manual_seed(sum(map(ord, name)))
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        file, net = make(arch_run, folder, name, channels, size)
        net, x = net.double(), picture(folder, channels, size).double()
        for layer, module in layers:
            target, logit, exact = choose_target(net, module, x)
            raws = {}
            for method, theirs in exact.items():
                raws[method], said = ours(linnet, folder, file, method, layer, target)
                assert raws[method].dtype == np.float32 and raws[method].shape == theirs.shape, (raws[method].shape, theirs.shape)
                if theirs.max() == 0 or abs(said['logit'] - logit) > WORST * max(1, abs(logit)):
                    wrong.append((name, method, module, 'logit', said['logit'], logit))
            if any(distance(raws[method], theirs) > WORST for method, theirs in exact.items()):
                exact = beyond_kinks(net, module, x, target, raws)
            for method, theirs in exact.items():
                far = distance(raws[method], theirs)
                if pytorch_grad_cam and not layer:
                    peer = distance(raws[method], packages_map(net, module, x, target, method))
                    print(f'{name} {method} of {module} by pytorch-grad-cam: {peer:.1e}')
                    far = max(far, peer)
                print(f'{name} {method} of {module} {theirs.shape}: {far:.1e}, largest {theirs.max():.3g}', flush=True)
                if not far <= WORST:
                    wrong.append((name, method, module, far))
    return wrong


def main():
    only = sys.argv[3:]
    torch.set_num_threads(1)
    check_kinks()
    if left := [name for name, *_ in CASES if not only and not is_wanted(name, only)]:
        print('skipped without LINNET_LONG=1:', *left)
    wrong = [w for case in CASES if is_wanted(case[0], only) for w in case_check(*sys.argv[1:3], case)]
    for each in wrong:
        print('FAILED', *each)
    sys.exit(bool(wrong))


main()
