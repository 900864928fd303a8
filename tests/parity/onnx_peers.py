"""ONNX files of other programs, imported, with the newest packages: what LINNET_PEERS_PYTHON has.

    onnx_peers.py LINNET

- torchvision's networks, written by both of PyTorch's exporters (TorchScript, and dynamo with its external data), and timm's
  resnet18, resnet50 and vgg16: Linnet's logits equal ONNX Runtime's within 1e-4 of the largest.
- A small Keras network and Keras' ResNet50, written by tf2onnx, likewise.
- `linnet train -m FILE` trains each for an epoch.

Weights are random: nothing is downloaded. The script names each missing package and skips the networks that need it, because
TensorFlow may have a Python of its own, without torch. LINNET_PEERS_NETS: only these names. Exit status 77: as peers.py says, or the
Python has neither torchvision nor tf2onnx.
"""
import contextlib
import gc
import glob
import importlib.util
import io
import os
import shutil
import sys
import tempfile
import warnings

from peers import finish, linnet, np, read_logits, relative, report, runtime_logits, wanted, write_pictures

if importlib.util.find_spec('torchvision'):
    import torch
    import torchvision
elif importlib.util.find_spec('tf2onnx'):
    torch = None
    print('no torchvision')
else:
    print('skipped: no LINNET_PEERS_PYTHON with torchvision or tf2onnx')
    sys.exit(77)

warnings.filterwarnings('ignore')
CLASSES = 13
MEAN, STD = np.float32([.485, .456, .406]), np.float32([.229, .224, .225])
NAMES = ['alexnet', 'vgg11', 'vgg13', 'vgg16', 'vgg19', 'vgg11_bn', 'vgg13_bn', 'vgg16_bn', 'vgg19_bn', 'googlenet',
         'resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152']


def by_imagenet(pixels):
    return (pixels / np.float32(255) - MEAN) / STD


def import_and_compare(title, path, size, normalise=by_imagenet, nhwc=False):
    """`linnet import`, then the logits of one picture against ONNX Runtime's, then training from it."""
    pixels = write_pictures(['a.ppm'], size, (size * 8 + 6) // 7)
    failure = linnet('import', path, '-o', 'm.safetensors', '--imgsz', str(size)) or \
        linnet('predict', 'm.safetensors', 'a.ppm', '--logits', '-o', 'p.csv')
    if failure:
        report(title, failure)
        return
    images = normalise(pixels)
    report(title, relative(read_logits('p.csv'), runtime_logits(path, images if nhwc else images.transpose(0, 3, 1, 2))))
    report(f'{title}, trained', fine_tune(path, size))


def fine_tune(path, size):
    """None, or the message of an epoch over eight pictures, from the file's weights."""
    for kind in 'dark', 'light':
        os.makedirs(f'data/{kind}', exist_ok=True)
        write_pictures([f'data/{kind}/{i}.ppm' for i in range(4)], size)
    failure = linnet('train', 'data', '-m', path, '--imgsz', str(size), '--epochs', '1', '-b', '2', '--project', 'runs')
    shutil.rmtree('runs', ignore_errors=True)
    return failure


def with_statistics(net):
    """Random statistics: fresh ones are all alike."""
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-.1, .1)
            module.running_var.uniform_(.5, 1.5)
            module.weight.data.uniform_(.5, 1)
            module.bias.data.uniform_(-.1, .1)
    return net.eval()


def export(net, size, exporter):
    image = torch.zeros(1, 3, size, size)
    names = {'input_names': ['images'], 'output_names': ['logits']}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), torch.no_grad():
        if exporter == 'torchscript':
            torch.onnx.export(net, image, 'm.onnx', dynamo=False, opset_version=17, dynamic_axes={'images': {0: 'n'}}, **names)
        else:
            torch.onnx.export(net, (image,), 'm.onnx', dynamo=True, external_data=True, **names)


def torch_net(title, net, size):
    for exporter in 'torchscript', 'dynamo':
        try:
            export(net, size, exporter)
        except Exception as error:  # pylint: disable=broad-except
            print(f'{title}, {exporter}: not exported: {type(error).__name__}: {str(error)[:200]}')
            continue
        data = ', external data' if os.path.exists('m.onnx.data') else ''
        import_and_compare(f'{title}, {exporter}{data}', 'm.onnx', size)
        for name in glob.glob('m.*'):
            os.remove(name)
        gc.collect()


def torchvision_nets():
    for name in NAMES:
        if wanted(name):
            size = 224 if name.startswith(('alexnet', 'vgg')) else 64
            extra = {'init_weights': False} if name == 'googlenet' else {}
            torch_net(name, with_statistics(getattr(torchvision.models, name)(weights=None, num_classes=CLASSES, **extra)), size)


def timm_nets():
    try:
        import timm
    except ImportError:
        print('no timm')
        return
    for name in 'resnet18', 'resnet50', 'vgg16':
        if wanted(f'timm-{name}'):
            net = timm.create_model(name, pretrained=False, num_classes=CLASSES)
            torch_net(f'timm {name}', with_statistics(net), 224 if name == 'vgg16' else 64)


def keras_nets():
    try:
        import tensorflow as tf
        import tf2onnx
    except ImportError as error:
        print('no', error.name)
        return
    layers, classes = tf.keras.layers, {'classes': CLASSES, 'classifier_activation': None}
    small = tf.keras.Sequential([
        layers.Input((32, 32, 3)), layers.Rescaling(1 / 255), layers.Conv2D(16, 3, padding='same'),
        layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(), layers.Conv2D(32, 3, strides=2, padding='same'),
        layers.ReLU(6), layers.GlobalAveragePooling2D(), layers.Dense(24, activation='relu'), layers.Dense(CLASSES)])
    resnet50 = tf.keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), **classes)
    for title, net, size, normalise in ('Keras', small, 32, lambda x: x), ("Keras' ResNet50", resnet50, 64, by_imagenet):
        pixels = [tf.TensorSpec((None, size, size, 3), name='pixels')]
        # from_keras looks for names that Keras 3 no longer gives.
        tf2onnx.convert.from_function(tf.function(net.call, pixels), pixels, opset=17, output_path='m.onnx')
        import_and_compare(f'{title} by tf2onnx', 'm.onnx', size, normalise, True)


def main():
    if torch:
        torch.manual_seed(1)
        torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        if torch:
            torchvision_nets()
            timm_nets()
        if wanted('keras'):
            keras_nets()
        os.chdir('/')
    finish()


main()
