"""Trains a small network, predicts an array and prints the results as JSON, alone or in one process with PyTorch.

    python beside_torch.py alone|before|after FOLDER      FOLDER: photos; before: PyTorch is imported, and computes, before Linnet

tools/try-wheel compares the bits and the speed of the three.
"""
import hashlib
import json
import sys
import time

order, folder = sys.argv[1:]


def use_torch():
    """Starts PyTorch's threads, as a program that uses both would."""
    import torch

    values = torch.arange(512 * 512, dtype=torch.float32).reshape(512, 512) / 512
    return float((values @ values.T).sum()), torch.__version__


if order == "before":
    use_torch()
started = time.perf_counter()
import linnet  # noqa: E402

imported = time.perf_counter() - started
if order == "after":
    linnet.version()  # loads the library
    use_torch()

import numpy as np  # noqa: E402

from linnet import _library  # noqa: E402

data = linnet.Data(folder, split="80,20,0", seed=1)
ends = []


def note(event):
    if event.kind == "epoch":
        ends.append(time.perf_counter())


model = linnet.train(data, "resnet18d_half", epochs=12, imgsz=96, batch_size=16, seed=1, project=None, progress=False, callbacks=note)
array = (np.arange(120 * 90 * 3) * 7 % 256).astype(np.uint8).reshape(120, 90, 3)
digest = hashlib.sha256(model.predict(array).logits.tobytes())
for name, values in sorted(model.state_dict().items()):
    digest.update(name.encode() + values.tobytes())
print(json.dumps({"bits": digest.hexdigest(), "import_ms": imported * 1e3, "torch": "torch" in sys.modules,
                  "epoch_s": min(later - before for before, later in zip(ends, ends[1:])),
                  "runtimes": _library.openmp_runtimes()}))
