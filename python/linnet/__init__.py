"""Linnet trains, tests and runs the classic convolutional image classifiers on the CPU.

    import linnet

    data = linnet.Data("photos")             # photos/cat/*.jpg, photos/dog/*.jpg
    model = linnet.train(data, time="10m")   # a network, sizes and epochs that fit the data and the time
    model.evaluate()                         # accuracy with its 95 % interval
    model.predict("cat.jpg")                 # also bytes, numpy arrays, PIL images, lists, folders

`help(linnet.train)` and docs/python.md explain the rest.

Threads: objects may be used from several threads. Calls on the same object wait for each other, calls on different objects run at the
same time, and all calls release the GIL.
Processes: after the first call of a process, children made by fork cannot compute, because GNU OpenMP's threads do not exist in them.
Use multiprocessing's start method "spawn".
"""
from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._abi import VERSION as __version__
    from ._library import onednn_version, version
    from .data import BadImage, Check, Data, DuplicateGroup, Pictures, Sample
    from .draw import Line, Picture, draw_lines
    from .errors import (DivergedError, FileError, InputError, InternalError, Interrupted, LimitError, LinnetError, RankError,
                         UsageError)
    from .events import Event, ImageWarning
    from .model import Model, architectures
    from .predictor import Explainer, Predictor
    from .progress import History
    from .results import ClassMetrics, Embedding, Explanation, Metrics, Prediction, Predictions, TrainResult
    from .training import resume, train

__all__ = [
    "BadImage", "Check", "ClassMetrics", "Data", "DivergedError", "DuplicateGroup", "Embedding", "Event", "Explainer", "Explanation",
    "FileError", "History", "ImageWarning", "InputError", "InternalError", "Interrupted", "LimitError", "Line", "LinnetError", "Metrics",
    "Model", "Picture", "Pictures", "Prediction", "Predictions", "Predictor", "RankError", "Sample", "TrainResult", "UsageError",
    "architectures", "draw_lines", "onednn_version", "resume", "train", "version", "__version__",
]

# Module -> its names. A module is imported when one of its names is first used, so that `import linnet` is quick.
_MODULES = {
    "_library": "onednn_version version",
    "data": "BadImage Check Data DuplicateGroup Pictures Sample",
    "draw": "Line Picture draw_lines",
    "errors": "DivergedError FileError InputError InternalError Interrupted LimitError LinnetError RankError UsageError",
    "events": "Event ImageWarning",
    "model": "Model architectures",
    "predictor": "Explainer Predictor",
    "progress": "History",
    "results": "ClassMetrics Embedding Explanation Metrics Prediction Predictions TrainResult",
    "training": "resume train",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return importlib.import_module("linnet._abi").VERSION
    for module, names in _MODULES.items():
        if name in names.split():
            value = getattr(importlib.import_module(f"linnet.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'linnet' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
