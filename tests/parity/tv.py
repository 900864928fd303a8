"""Shared by the scripts that compare with torchvision: its networks, and safetensors files."""
import json
import math
import os
import sys

try:
    import numpy as np
    import torch
    import torchvision
    from torch import nn
except ImportError as error:
    print('skipped:', error)
    sys.exit(77)

NAMES = ['alexnet', 'vgg11', 'vgg13', 'vgg16', 'vgg19', 'vgg11_bn', 'vgg13_bn', 'vgg16_bn', 'vgg19_bn', 'googlenet',
         'resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152']
RESNET_D = ['resnet18d', 'resnet18d_half']
LONG = bool(os.environ.get('LINNET_LONG'))


for initialiser in ('kaiming_uniform_', 'kaiming_normal_', 'normal_', 'uniform_'):
    setattr(nn.init, initialiser, lambda tensor, *_, **__: tensor)  # build() sets weights of its own; this saves time


def resnet_d(width, classes):
    """ResNet-18-D, which torchvision lacks, out of its ResNet: T. He et al. 2018, "Bag of tricks", figure 2, B with C; layers are
    named as in timm."""
    net = torchvision.models.resnet18(num_classes=classes)
    half = width // 2
    net.conv1 = nn.Sequential(nn.Conv2d(3, half, 3, 2, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(),
                              nn.Conv2d(half, half, 3, 1, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(),
                              nn.Conv2d(half, width, 3, 1, 1, bias=False))
    net.bn1 = nn.BatchNorm2d(width)
    net.inplanes = width
    for number in range(4):
        layer = net._make_layer(torchvision.models.resnet.BasicBlock, width << number, 2, stride=2 if number else 1)
        if number:
            projection, norm = layer[0].downsample
            projection.stride = (1, 1)
            mean = nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False)
            layer[0].downsample = nn.Sequential(mean, projection, norm)
        setattr(net, f'layer{number + 1}', layer)
    net.fc = nn.Linear(8 * width, classes)
    return net


def untrained(name, classes):
    if name.startswith('resnet18d'):
        return resnet_d(32 if name.endswith('_half') else 64, classes)
    extra = {'init_weights': False} if name.startswith(('googlenet', 'vgg')) else {}
    return getattr(torchvision.models, name)(weights=None, num_classes=classes, **extra)


def build(name, channels=3, classes=1000):
    """torchvision's network without dropout, with weights that keep the activations near one."""
    net = untrained(name, classes)
    for module in list(net.modules()):
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        for child, layer in module.named_children():
            if isinstance(layer, nn.Conv2d) and layer.in_channels == 3 and channels != 3:
                setattr(module, child, nn.Conv2d(channels, layer.out_channels, layer.kernel_size, layer.stride,
                                                 layer.padding, bias=layer.bias is not None))
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            fan_in = module.weight[0].numel()
            module.weight.data.normal_(0, math.sqrt(2 / fan_in))
            if module.bias is not None:
                module.bias.data.uniform_(-0.1, 0.1)
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 1)
            module.bias.data.uniform_(-0.2, 0.2)
    return net


def steady(net):
    """Batch norms that keep ReLUs away from their corner. There a rounding error of 1e-7 turns a gradient on or off; in
    50 layers that alone moves PyTorch's float32 gradients by 1e-2 from its float64 ones, and nothing can be compared."""
    for name, module in net.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.uniform_(0.25, 0.5)
            module.bias.data.uniform_(2, 3)
            if not name.endswith(('bn2', 'bn3', 'downsample.1', 'downsample.2')):  # not where a sum might come out near zero
                module.bias.data[torch.rand_like(module.bias) < 0.1] *= -1


def randomise_statistics(net, images):
    """Sets random running statistics on the scale of the activations."""
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        net.train()(images)
        for norm in norms:
            norm.momentum = 0.1
            norm.running_mean += norm.running_var.sqrt() * torch.randn_like(norm.running_mean) / 4
            norm.running_var *= torch.empty_like(norm.running_var).uniform_(0.5, 2)


# ---- safetensors ----

TYPES = {'F32': torch.float32, 'I64': torch.int64}


def read(path):
    """Tensors by name, and the metadata."""
    with open(path, 'rb') as file:
        length = int.from_bytes(file.read(8), 'little')
        header = json.loads(file.read(length))
        content = bytearray(file.read())
    metadata, tensors = header.pop('__metadata__'), {}
    for name, entry in header.items():
        begin, end = entry['data_offsets']
        kind = TYPES[entry['dtype']]
        tensors[name] = torch.frombuffer(content[begin:end], dtype=kind).reshape(entry['shape'])
    return tensors, metadata


def write(path, tensors, metadata):
    header, at = {'__metadata__': metadata}, 0
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        kind = next(key for key, value in TYPES.items() if value == tensor.dtype)
        header[name] = {'dtype': kind, 'shape': list(tensor.shape), 'data_offsets': [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(len(text).to_bytes(8, 'little') + text)
        for tensor in tensors.values():
            file.write(tensor.detach().contiguous().numpy().tobytes())


def put(net, path):
    """Writes the network's weights into a model file of Linnet; names and shapes must be equal."""
    tensors, metadata = read(path)
    state = net.state_dict()
    unlike = {name for name in set(tensors) | set(state)
              if name not in tensors or name not in state or tensors[name].shape != state[name].shape}
    assert not unlike, f'names and shapes differ: {sorted(unlike)}'
    write(path, {name: state[name] for name in tensors}, metadata)


# ---- numbers ----

def difference(ours, theirs):
    """The largest difference, relative to the largest value."""
    ours, theirs = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def pictures(count, channels, size, seed):
    """Smooth random pictures, as numbers around zero."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(count, channels, 6, 6, generator=generator)
    smooth = nn.functional.interpolate(coarse, size=(size, size), mode='bicubic', align_corners=False)
    return smooth + 0.2 * torch.randn(count, channels, size, size, generator=generator)
