"""PyTorch as a peer of bench/run; runs inside a Python that has torch.

    peer_torch.py --list      one line: {"peer", "version", "onednn", "variants": {"train": [...], "infer": [...]}}
    peer_torch.py VARIANT     serves requests, a JSON line each, answered by a JSON line each:
        {"prepare": {"model", "mode", "batch", "imgsz", "channels", "classes", "threads"}}  ->  {"parameters"}
        {"measure": seconds}                                                                ->  {"images_per_s", "steps"}
        anything that fails                                                                 ->  {"error"}

A variant is a way of running the same network, words joined by "+": eager or compile (torch.compile), channels_last,
fused (SGD as one kernel), freeze (inductor folds the weights in). Another peer is another file peer_NAME.py that speaks
these lines.
"""
import inspect
import json
import os
import statistics
import sys
import time

import torch
from torch import nn

VARIANTS = {
    "train": ["eager", "eager+fused", "channels_last+fused", "compile+fused", "compile+channels_last+fused"],
    "infer": ["eager", "channels_last", "compile", "compile+freeze", "compile+channels_last+freeze"],
}
WARM_UP_S, WARM_UP_STEPS, STEPS_MIN = 0.3, 3, 5


# ---- the networks of src/arch, layer by layer ---------------------------------------------------------------

def lenet5(imgsz, channels, classes):
    """[n, channels, 32, 32] -> [n, classes]"""
    return nn.Sequential(
        nn.Conv2d(channels, 6, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(),
        nn.Linear(120, 84), nn.Tanh(),
        nn.Linear(84, classes))


def lenet(imgsz, channels, classes):
    """[n, channels, imgsz, imgsz] -> [n, classes]"""
    side = ((imgsz - 4) // 2 - 4) // 2  # of the maps that go into the first linear layer
    return nn.Sequential(
        nn.Conv2d(channels, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(32 * side * side, 512), nn.ReLU(),
        nn.Linear(512, classes))


NETWORKS = {"lenet5": lenet5, "lenet": lenet}


# ---- the step ------------------------------------------------------------------------------------------------

def make_net(case, words):
    """The network as the variant wants it, and a batch of random images in the layout that suits it."""
    net = NETWORKS[case["model"]](case["imgsz"], case["channels"], case["classes"])
    images = torch.rand(case["batch"], case["channels"], case["imgsz"], case["imgsz"]) * 2 - 1
    if "channels_last" in words:
        net, images = (t.to(memory_format=torch.channels_last) for t in (net, images))
    return net, images


def make_train_step(case, words):
    net, images = make_net(case, words)
    labels = torch.randint(case["classes"], (case["batch"],))
    if "fused" in words and "fused" not in inspect.signature(torch.optim.SGD).parameters:
        raise RuntimeError("this torch has no fused SGD")
    fused = {"fused": True} if "fused" in words else {}
    sgd = torch.optim.SGD(net.parameters(), lr=1e-4, momentum=0.9, **fused)
    run = torch.compile(net) if "compile" in words else net
    cross_entropy = nn.CrossEntropyLoss()

    def step():
        sgd.zero_grad(set_to_none=True)
        cross_entropy(run(images), labels).backward()
        sgd.step()
    return net, step


def make_infer_step(case, words):
    net, images = make_net(case, words)
    net.eval()
    if "freeze" in words:
        from torch._inductor import config
        config.freezing = True
    run = torch.compile(net) if "compile" in words else net
    # Freezing folds parameters into constants, which PyTorch supports under no_grad.
    quiet = torch.no_grad if "freeze" in words else torch.inference_mode

    def step():
        with quiet():
            run(images)
    return net, step


def warm_up(step):
    begin, steps = time.perf_counter(), 0
    while steps < WARM_UP_STEPS and (steps < 1 or time.perf_counter() - begin < WARM_UP_S):
        step()
        steps += 1


class Peer:
    """One variant of one network, made by prepare() and timed by measure() as often as asked."""

    def __init__(self, variant):
        self.words = variant.split("+")
        self.batch, self.step = 0, None

    def prepare(self, case):
        torch.manual_seed(0)
        torch.set_num_threads(case["threads"])
        make_step = {"train": make_train_step, "infer": make_infer_step}[case["mode"]]
        net, self.step = make_step(case, self.words)
        self.batch = case["batch"]
        self.step()  # compiles
        warm_up(self.step)
        return {"parameters": sum(p.numel() for p in net.parameters())}

    def measure(self, seconds):
        """As linnet bench does: each step timed, the median counts."""
        warm_up(self.step)
        times, end = [], time.perf_counter() + seconds
        while len(times) < STEPS_MIN or time.perf_counter() < end:
            begin = time.perf_counter()
            self.step()
            times.append(time.perf_counter() - begin)
        return {"images_per_s": self.batch / statistics.median(times), "steps": len(times)}

    def answer(self, request):
        try:
            if "prepare" in request:
                return self.prepare(request["prepare"])
            return self.measure(request["measure"])
        except Exception as error:  # whatever a variant dies of, the table names it
            lines = str(error).strip().splitlines() or [type(error).__name__]
            return {"error": lines[0][:200]}


def onednn_version():
    """As torch's build tells it: "Intel(R) MKL-DNN v3.7.1 (Git Hash ...)"."""
    for line in torch.__config__.show().splitlines():
        if "DNN v" in line:
            return line.split("DNN v")[1].split()[0]
    return None


def main():
    # Compilers and libraries may print; the answers go where nothing else does.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(answer):
        print(json.dumps(answer), file=answers, flush=True)
    if sys.argv[1] == "--list":
        say({"peer": "PyTorch", "version": torch.__version__, "onednn": onednn_version(), "variants": VARIANTS})
        return
    peer = Peer(sys.argv[1])
    for line in sys.stdin:
        say(peer.answer(json.loads(line)))


main()
