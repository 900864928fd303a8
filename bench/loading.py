"""From files to batches: the loader compared with torchvision's, the cost of loading in training, listing many files.

The photos are those of --photos, or drawn by bench/draw_photos.py if a Python has Pillow.
"""
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import cases
import variant
from report import number, table

HERE = pathlib.Path(__file__).resolve().parent
LOADER = "loader, photos to 224 px, batch 32"
TRAINING = "training from photos, resnet18, 224 px, batch 32"
LISTING = "listing of 100,000 files"
TITLES = (LOADER, TRAINING, LISTING)
IMGSZ, BATCH = 224, 32
DRAWN = 600  # photos to draw if none are given
LISTED = 100_000  # files of the listing
TRAIN_PHOTOS, TRAIN_ROUNDS = 320, 3  # photos per epoch, and the largest number of rounds


@contextlib.contextmanager
def photos(given, pythons):
    """A folder of photos and its description."""
    if given:
        yield given, f"photos of {pathlib.Path(given).name}"
        return
    with tempfile.TemporaryDirectory() as folder:
        for python in [sys.executable, *pythons]:
            done = subprocess.run([python, str(HERE / "draw_photos.py"), folder, str(DRAWN)], capture_output=True, text=True)
            if done.returncode == 0:
                yield folder, f"{DRAWN} drawn JPEGs"
                return
        raise variant.Failed("no --photos, and no Python with Pillow to draw some")


def train_folder(folder):
    """The folder of the training part, which torchvision's ImageFolder reads too."""
    return str(pathlib.Path(folder, "train")) if pathlib.Path(folder, "train").is_dir() else folder


class Found:
    """Rates of each round: of the first epoch, of later epochs, and of the peers' epochs."""

    def __init__(self, title):
        self.title, self.first, self.later, self.variants, self.images, self.workers = title, [], [], [], 0, 0
        self.cache_mb = 0

    def best(self):
        ran = [v for v in self.variants if v.rates]
        return max(ran, key=lambda v: v.rate) if ran else None

    def ratios(self, ours):
        """Ratio of Linnet to the best peer within each round."""
        return [a / b for a, b in zip(ours, self.best().rates)]


def run_loader(linnet, folder, workers):
    flags = ["--workers", str(workers)] if workers else []
    return json.loads(linnet.run("bench", "--loader", train_folder(folder), "--imgsz", str(IMGSZ), "--batch", str(BATCH), "--json",
                                 *flags))


def measure_loader(linnet, kinds, folder, title, rounds):
    found = Found(title)
    found.workers = run_loader(linnet, folder, 0)["workers"]  # also warms the system's cache of the files
    case = {"photos": train_folder(folder), "batch": BATCH, "imgsz": IMGSZ, "workers": found.workers}
    found.variants = [variant.Variant(kind, name) for kind in kinds for name in kind.variants.get("loader", [])]
    try:
        for peer in found.variants:
            peer.start()
            peer.prepare(case)
        for _ in range(rounds):
            ours = run_loader(linnet, folder, found.workers)
            found.first.append(ours["first_images_per_s"])
            found.later.append(ours["images_per_s"])
            found.images, found.cache_mb = ours["images"], ours["cache_mb"]
            for peer in [v for v in found.variants if not v.failure]:
                peer.race(0)
        return found
    finally:
        for peer in found.variants:
            peer.close()


def measure_training(linnet, folder, rounds, seconds):
    """Per round, the speed of the second epoch relative to the same step on data in memory."""
    case = cases.case("", "resnet18", "train", "f32", BATCH, IMGSZ, 3, 2)
    shares = []
    for _ in range(min(rounds, TRAIN_ROUNDS)):
        alone = linnet.measure(case, seconds)
        from_files = linnet.train(train_folder(folder), ["-m", "resnet18", "--imgsz", str(IMGSZ), "-b", str(BATCH), "--epochs", "2",
                                                         "--limit", str(TRAIN_PHOTOS), "--split", "100,0,0"])
        shares.append(from_files / alone["images_per_s"])
    return shares


def measure_listing(linnet, count=LISTED):
    """Seconds and MB to list and split `count` files in ten class folders."""
    with tempfile.TemporaryDirectory() as folder:
        for c in range(10):
            place = pathlib.Path(folder, f"class{c}")
            place.mkdir()
            for number in range(count // 10):
                os.close(os.open(place / f"{number * 7919 % 1000003}.jpg", os.O_CREAT | os.O_WRONLY))
        begin = time.perf_counter()
        process = subprocess.Popen([linnet.program, "split", folder], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise variant.Failed(f"linnet split: {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


# ---- Markdown -------------------------------------------------------------------------------------------------

def describe_loader(found):
    best = found.best()
    header = ["images/s", "Linnet"] + (["best peer", "Linnet / best peer", "(lowest - highest round)"] if best else [])
    rows = []
    for name, ours in (("first epoch", found.first), ("second epoch on", found.later)):
        cells = [f"{found.title}, {name}", number(statistics.median(ours))]
        if best:
            ratios = found.ratios(ours)
            cells += [number(best.rate), f"**{statistics.median(ratios):.2f}**", f"{min(ratios):.2f} - {max(ratios):.2f}"]
        rows.append(cells)
    text = table(header, rows)
    text += f"\n- {found.workers} workers, {found.images} images per epoch, {found.cache_mb:.0f} MB of decoded photos kept\n"
    return text + "".join(f"- {v.title}: skipped: {v.failure}\n" for v in found.variants if v.failure)


def measure_all(linnet, kinds, args, wanted):
    """Markdown of the parts for which wanted(title) is true."""
    text = ""
    if wanted(LOADER) or wanted(TRAINING):
        with photos(args.photos, args.peers) as (folder, name):
            if wanted(LOADER):
                text += describe_loader(measure_loader(linnet, kinds, folder, name, args.rounds))
            if wanted(TRAINING):
                shares = measure_training(linnet, folder, args.rounds, args.seconds)
                text += (f"- {TRAINING}: {100 * statistics.median(shares):.0f} % of the same steps on data in memory "
                         f"({100 * min(shares):.0f} - {100 * max(shares):.0f} %)\n")
    if wanted(LISTING):
        seconds, megabytes = measure_listing(linnet)
        text += f"- {LISTING}, by `linnet split`: {seconds:.2f} s, {megabytes:.0f} MB\n"
    return text
