"""memory.py TEN|LONG: trains networks for an epoch and compares the memory that each run announced with its peak.

The peak is ru_maxrss of the process, so it counts everything: code, libraries, the data set, the heap, oneDNN's kernels. It
must be within 15 % of the announced total.
"""
import json
import os
import subprocess
import sys

TEN = """
    digits lenet5
    digits lenet --opt adam
    digits cifar_resnet20 --imgsz 32 --batch-size 64
    digits plain20 --imgsz 32 --opt nesterov --batch-size 17
    digits alexnet --imgsz 64 --limit 16 --opt sgd
    digits vgg11 --imgsz 32 --limit 16 --freeze backbone
    digits googlenet --imgsz 64 --limit 32 --opt sgd
    photos resnet18 --imgsz 64 --model-ema --tta=flip --augment medium
    digits resnet34 --imgsz 64 --limit 32 --opt sgd
    digits resnet50 --imgsz 64 --limit 32 --opt rmsprop --batch-size 16
"""
LONG = """
    digits vgg16_bn --imgsz 64 --limit 32
    digits resnet101 --imgsz 96 --limit 64 --opt sgd
    digits alexnet2012 --limit 64 --opt sgd --batch-size 64
    photos resnet50 --imgsz 160 --start-imgsz 96 --epochs 2 --mixup 0.2
    photos resnet18 --imgsz 96 --freeze-epochs 1 --epochs 2
"""
MARGIN = 0.15


def run(data, arch, *flags):
    """(announced bytes by part, peak in bytes) of a training run"""
    command = [os.environ["LINNET"], "train", data, "-m", arch, "--epochs", "1", "--threads", "1", "--json",
               "--project", "runs", *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    lines = [json.loads(line) for line in process.stdout]
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, command
    return next(line for line in lines if line["event"] == "memory"), usage.ru_maxrss * 1024


def main():
    off = 0
    for line in {"TEN": TEN, "LONG": LONG}[sys.argv[1]].split("\n"):
        if not line.strip():
            continue
        memory, peak = run(*line.split())
        fits = abs(memory["total"] - peak) <= MARGIN * peak
        off += not fits
        print(f"{line.strip()}: announced {memory['total'] >> 20} MB, peak {peak >> 20} MB", "" if fits else memory)
    assert off == 0, f"{off} runs are not within {MARGIN:.0%}"


main()
