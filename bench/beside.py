"""Linnet beside other programs: its rate while a busy process has one of the processors, as a share of its rate alone.

A team of threads is as fast as its slowest member. With one of two processors shared, static shares of work therefore allow half of
the rate.
"""
import contextlib
import os
import pathlib
import statistics
import subprocess
import sys

import measure
from cases import case

MNIST = "/usr/share/datasets/fashion-mnist"
LENET = case("", "lenet", "train", "f32", 128, 28, 1, 10)
RESNET18 = case("", "resnet18", "train", "f32", 16)
ROUNDS = 3


def steps(network):
    return lambda linnet, seconds: linnet.measure(network, seconds)["images_per_s"]


def from_files(linnet, seconds):
    return linnet.train(MNIST, ["-m", "lenet", "-b", "128", "--epochs", "2", "--limit", "10000"])


# title: how a rate is measured. --case searches the titles.
CASES = {
    "beside a busy process: lenet on Fashion-MNIST, 10,000 images": from_files,
    "beside a busy process: the step of lenet": steps(LENET),
    "beside a busy process: the step of resnet18": steps(RESNET18),
}


@contextlib.contextmanager
def busy(processor):
    """A process that computes without end on that processor."""
    loop = f"import os\nos.sched_setaffinity(0, [{processor}])\nprint(flush=True)\nwhile True: pass"
    process = subprocess.Popen([sys.executable, "-c", loop], stdout=subprocess.PIPE)
    try:
        process.stdout.readline()  # waits until it runs
        yield
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def measure_all(linnet, wanted, seconds):
    """[title, images/s alone, beside one, processors] of each case, medians of rounds in which both are measured."""
    found = []
    for title, rate in CASES.items():
        if not wanted(title) or (rate is from_files and not pathlib.Path(MNIST).is_dir()):
            continue
        rounds = []
        for _ in range(ROUNDS):
            alone = rate(linnet, seconds)
            with busy(max(os.sched_getaffinity(0))):
                rounds.append((alone, rate(linnet, seconds)))
        found.append([title, *(statistics.median(column) for column in zip(*rounds)), len(os.sched_getaffinity(0))])
    return found


def text(found):
    return "".join(f"- {title.partition(': ')[2]}: {alone:,.1f} images/s alone, {beside:,.1f} with one of {processors} processors taken: "
                   f"{100 * beside / alone:.0f} %\n" for title, alone, beside, processors in found or [])
