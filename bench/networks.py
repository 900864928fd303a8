"""The networks in PyTorch, for every peer that needs one: Linnet's LeNets layer by layer, the others torchvision's.

Weights are random, since their values do not change the speed; nothing is downloaded.
"""
from torch import nn


def lenet5(case):
    """[n, channels, 32, 32] -> [n, classes]"""
    return nn.Sequential(
        nn.Conv2d(case["channels"], 6, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(),
        nn.Linear(120, 84), nn.Tanh(),
        nn.Linear(84, case["classes"]))


def lenet(case):
    """[n, channels, imgsz, imgsz] -> [n, classes]"""
    side = ((case["imgsz"] - 4) // 2 - 4) // 2  # side of the maps that enter the first linear layer
    return nn.Sequential(
        nn.Conv2d(case["channels"], 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(32 * side * side, 512), nn.ReLU(),
        nn.Linear(512, case["classes"]))


def of_torchvision(case):
    from torchvision import models
    # torchvision's own initialisation is slow for some networks, and speed does not depend on it.
    plain = {"init_weights": False} if case["model"].startswith(("vgg", "googlenet")) else {}
    return getattr(models, case["model"])(weights=None, num_classes=case["classes"], **plain)


NETWORKS = {"lenet5": lenet5, "lenet": lenet}


def network(case):
    return NETWORKS.get(case["model"], of_torchvision)(case)


def parameters(net):
    return sum(p.numel() for p in net.parameters())


def loss(output, labels):
    """Cross-entropy; GoogLeNet's auxiliary classifiers count 0.3 each, as in the paper and in Linnet."""
    entropy = nn.functional.cross_entropy
    if hasattr(output, "aux_logits1"):
        return (entropy(output.logits, labels) +
                0.3 * (entropy(output.aux_logits1, labels) + entropy(output.aux_logits2, labels)))
    return entropy(output, labels)
