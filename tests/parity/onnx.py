"""ONNX both ways. torchvision's networks, exported by PyTorch with batch norm folded and kept, give the same logits in Linnet;
what Linnet exports passes ONNX's checker with shape inference, in every operator set; the .pth loads with weights_only.

    onnx.py LINNET

Exit status 77: torch, torchvision, PIL or onnx is not installed.
"""
import csv
import os
import subprocess
import sys
import tempfile
import warnings

sys.path.pop(0)  # this file has the name of the package
try:
    import numpy as np
    import onnx
    import torch
    import torchvision
    from PIL import Image
except ImportError as error:
    print('skipped:', error)
    sys.exit(77)

LINNET, CLASSES, SIZE, RESIZED, AT = sys.argv[1], 20, 64, 74, 5  # the shorter side to 8/7 of the size, then the centre
MEAN, STD = torch.tensor([.485, .456, .406])[:, None, None], torch.tensor([.229, .224, .225])[:, None, None]
warnings.filterwarnings('ignore')


def linnet(*arguments):
    done = subprocess.run([LINNET, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f'linnet {" ".join(arguments)}: {done.stderr}')


def random_net(name, **options):
    """torchvision's network with random statistics: fresh ones are all alike, and the exporter would share them."""
    net = getattr(torchvision.models, name)(weights=None, num_classes=CLASSES, **options).eval()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-.1, .1)
            module.running_var.uniform_(.5, 1.5)
            module.weight.data.uniform_(.5, 1)
    return net


def export(net, path, kept):
    mode = torch.onnx.TrainingMode.PRESERVE if kept else torch.onnx.TrainingMode.EVAL
    torch.onnx.export(net, torch.zeros(1, 3, SIZE, SIZE), path, opset_version=13, training=mode, do_constant_folding=not kept,
                      input_names=['images'], output_names=['logits'], dynamic_axes={'images': {0: 'n'}, 'logits': {0: 'n'}})


def compare(name, kept=False, **options):
    """The largest difference of two logits, over the largest logit."""
    net = random_net(name, **options)
    export(net, 'm.onnx', kept)
    pixels = np.random.default_rng(0).integers(0, 256, (RESIZED, RESIZED, 3), dtype=np.uint8)
    Image.fromarray(pixels).save('a.png')
    linnet('predict', 'm.onnx', 'a.png', '--logits', '-o', 'p.csv')
    with open('p.csv', encoding='utf-8', newline='') as file:
        ours = np.array([float(value) for value in list(csv.reader(file))[1][-CLASSES:]])
    image = torch.from_numpy(pixels[AT:AT + SIZE, AT:AT + SIZE].copy()).permute(2, 0, 1)[None].float() / 255
    theirs = net((image - MEAN) / STD).detach().numpy()[0]
    difference = np.abs(ours - theirs).max() / np.abs(theirs).max()
    print(f'{name}{", batch norm kept" if kept else ""}: {difference:.1e}')
    if not difference < 1e-4:
        sys.exit(f'{name}: the logits differ')


def check(name, *flags):
    linnet('export', name, '-o', 'e.onnx', '--check', *flags)
    model = onnx.load('e.onnx')
    onnx.checker.check_model(model, full_check=True)
    dims = model.graph.input[0].type.tensor_type.shape.dim
    if dims[0].dim_param != 'batch' or model.ir_version != 8:
        sys.exit(f'{name}: the batch is not open, or the IR is not 8')


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        compare('resnet18')
        compare('resnet18', kept=True)
        compare('googlenet', aux_logits=False, init_weights=False)
        compare('mobilenet_v2')
        for opset in range(13, 18):  # the newest that Debian 12's onnx knows
            check('cifar_resnet20', '--opset', str(opset))
        check('lenet5', '--softmax', '--with-preprocess')
        check('googlenet', '--imgsz', '64', '--fold')
        linnet('export', 'lenet5', '-o', 'w.pth')
        if torch.load('w.pth', weights_only=True)['c1.weight'].shape != (6, 1, 5, 5):
            sys.exit('w.pth: another shape')
        os.chdir('/')


main()
