"""PyTorch as a peer of bench/run; runs inside a Python that has torch, and torchvision for all but the LeNets.

The words of a variant: eager or compile (torch.compile, inductor), channels_last (memory format), fused (SGD as one kernel),
freeze (inductor folds the weights in), bf16 (autocast), half (the network itself converted to bf16). serve.py describes the
protocol.
"""
import contextlib
import inspect

import torch

import networks
import serve

VARIANTS = {  # a compiled network chooses the layout of its inner tensors itself
    "train f32": ["eager+fused", "channels_last+fused", "compile+channels_last+fused"],
    "train bf16": ["bf16+fused", "bf16+channels_last+fused", "bf16+compile+channels_last+fused"],
    "infer f32": ["eager", "channels_last", "compile+channels_last+freeze"],
    "infer bf16": ["bf16+channels_last", "half+channels_last", "half+compile+channels_last+freeze"],
}


def make_net(case, words):
    """The network in the form of the variant, and a batch of random images in a matching layout and type."""
    net = networks.network(case)
    images = torch.rand(case["batch"], case["channels"], case["imgsz"], case["imgsz"]) * 2 - 1
    if "half" in words:
        net, images = net.to(torch.bfloat16), images.to(torch.bfloat16)
    if "channels_last" in words:
        net, images = (t.to(memory_format=torch.channels_last) for t in (net, images))
    return net, images


def precision(words):
    return torch.autocast("cpu", torch.bfloat16) if "bf16" in words else contextlib.nullcontext()


def make_train(case, words):
    net, images = make_net(case, words)
    labels = torch.randint(case["classes"], (case["batch"],))
    if "fused" in words and "fused" not in inspect.signature(torch.optim.SGD).parameters:
        raise RuntimeError("this torch has no fused SGD")
    fused = {"fused": True} if "fused" in words else {}
    sgd = torch.optim.SGD(net.parameters(), lr=1e-4, momentum=0.9, **fused)
    run = torch.compile(net) if "compile" in words else net

    def step():
        sgd.zero_grad(set_to_none=True)
        with precision(words):
            loss = networks.loss(run(images), labels)
        loss.backward()
        sgd.step()
        return loss.item()  # Linnet's step reads its loss too
    return net, step


def make_infer(case, words):
    net, images = make_net(case, words)
    net.eval()
    if "freeze" in words:
        from torch._inductor import config
        config.freezing = True
    run = torch.compile(net) if "compile" in words else net
    # Freezing folds parameters into constants, which PyTorch supports under no_grad.
    quiet = torch.no_grad if "freeze" in words else torch.inference_mode

    def step():
        with quiet(), precision(words):
            run(images)
    return net, step


def make(case, words):
    torch.manual_seed(0)
    torch.set_num_threads(case["threads"])
    net, step = {"train": make_train, "infer": make_infer}[case["mode"]](case, words)
    return step, networks.parameters(net)


def onednn_version():
    """From torch's build description: "Intel(R) MKL-DNN v3.7.1 (Git Hash ...)"."""
    for line in torch.__config__.show().splitlines():
        if "DNN v" in line:
            return line.split("DNN v")[1].split()[0]
    return None


if __name__ == "__main__":  # peer_ddp.py imports make_net
    serve.main({"peer": "PyTorch", "module": "torch", "version": torch.__version__, "onednn": onednn_version(),
                "variants": VARIANTS}, make)
