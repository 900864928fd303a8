"""torchvision's data loading as a peer of bench/run; runs inside a Python that has torch and torchvision.

    loader_torchvision.py --list    one line: {"peer", "version", "variants": {"loader": [...]}}
    loader_torchvision.py VARIANT   serves requests, a JSON line each, answered by a JSON line each:
        {"prepare": {"photos", "batch", "imgsz", "workers"}}  ->  {"images"}        the worker processes are up and warm
        {"measure": seconds}                                  ->  {"images_per_s"}  of one whole epoch, however long
        anything that fails                                   ->  {"error"}

ImageFolder with its default decoder (Pillow), RandomResizedCrop(0.5 to 1), flip, ToTensor, Normalize in a DataLoader with
worker processes that stay: what `linnet bench --loader` does.
"""
import json
import os
import sys
import time

import PIL
import torch
import torchvision
from torchvision import datasets, transforms

VARIANTS = {"loader": ["DataLoader"]}


class Peer:
    def __init__(self):
        self.loader = None

    def prepare(self, case):
        torch.set_num_threads(1)  # the workers are the threads here
        transform = transforms.Compose([
            transforms.RandomResizedCrop(case["imgsz"], scale=(0.5, 1.0)),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ])
        self.loader = torch.utils.data.DataLoader(
            datasets.ImageFolder(case["photos"], transform), batch_size=case["batch"], shuffle=True,
            num_workers=case["workers"], persistent_workers=True)
        self.epoch()
        return {"images": len(self.loader.dataset)}

    def epoch(self):
        begin, images = time.perf_counter(), 0
        for batch, _ in self.loader:
            images += len(batch)
        return {"images_per_s": images / (time.perf_counter() - begin)}

    def answer(self, request):
        try:
            return self.prepare(request["prepare"]) if "prepare" in request else self.epoch()
        except Exception as error:  # the table reports any failure
            lines = str(error).strip().splitlines() or [type(error).__name__]
            return {"error": lines[0][:200]}


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(answer):
        print(json.dumps(answer), file=answers, flush=True)
    if sys.argv[1] == "--list":
        say({"peer": "torchvision", "version": f"{torchvision.__version__}, Pillow {PIL.__version__}", "onednn": None,
             "variants": VARIANTS})
        return
    peer = Peer()
    for line in sys.stdin:
        say(peer.answer(json.loads(line)))


if __name__ == "__main__":
    main()
