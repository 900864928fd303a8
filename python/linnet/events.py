"""What a call reports while it runs: linnet.Event for callbacks, and warnings for images that could not be read."""
from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Union

from . import _abi
from ._library import text
from ._stop import Stop
from .data import PART_NAMES

KINDS = {_abi.EVENT_START: "start", _abi.EVENT_STEP: "step", _abi.EVENT_EPOCH: "epoch", _abi.EVENT_FILE: "file",
         _abi.EVENT_SKIPPED: "skipped", _abi.EVENT_DAMAGED: "damaged"}


@dataclass(frozen=True)
class Event:
    """What training reports to callbacks.

    kind                "start": the network is compiled
                        "step": a step of training, or of evaluating `part`, is done
                        "epoch": an epoch is done, validation included
                        "file": the file `path` was written
                        "skipped", "damaged": the image `path` could not be read, or is damaged and used anyway; `line` has the reason
    part                "train", "val" or "test"; None if the event belongs to no part
    epoch, step         from 1; of `epochs` and `steps`
    time_s, eta_s       seconds since the start, and estimated seconds to the end; eta_s is nan before the first steps
    images_per_s, lr    speed and learning rate
    loss, acc           at a step: the running mean of the epoch; at an epoch: those of training. acc is from 0 to 1
    val_loss, val_acc   at an epoch: of the validation part; if there is none, of the test part; nan without both, or not evaluated
    best                at an epoch: its weights are the best so far and are kept; always True if training keeps the last weights
    """
    kind: str
    part: str | None
    epoch: int
    epochs: int
    step: int
    steps: int
    time_s: float
    eta_s: float
    images_per_s: float
    lr: float
    loss: float
    acc: float
    val_loss: float
    val_acc: float
    best: bool
    path: str | None
    line: str | None

    @classmethod
    def _of(cls, e: Any) -> Event:
        return cls(KINDS.get(e.kind, ""), PART_NAMES.get(e.part), e.epoch, e.epochs, e.step, e.steps, e.time_s, e.eta_s,
                   e.images_per_s, e.lr, e.loss, e.acc, e.val_loss, e.val_acc, e.best,
                   text(e.path) if e.path is not None else None, text(e.line) if e.line is not None else None)


Callback = Callable[[Event], Any]
Callbacks = Union[Callback, Sequence[Callback]]


class ImageWarning(UserWarning):
    """Some images could not be read, or are damaged and were used anyway."""


class Skips:
    """Collects the images that were skipped, or are damaged but were used. Each counts once, in however many epochs it occurs."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, str], str] = {}

    def see(self, e: Any) -> None:
        if e.kind in (_abi.EVENT_SKIPPED, _abi.EVENT_DAMAGED):
            self.lines.setdefault((KINDS[e.kind], text(e.path)), text(e.line))

    def warn(self, stacklevel: int = 3) -> None:
        """Issues at most one ImageWarning for each kind. stacklevel: as for warnings.warn; 3 is the caller of the caller."""
        for kind, what in (("skipped", "could not be read and were left out"), ("damaged", "are damaged and were used")):
            lines = [line for (of, _), line in self.lines.items() if of == kind]
            if lines:
                warnings.warn(f"{len(lines)} image{'s' * (len(lines) > 1)} {what}; the first: {lines[0]}", ImageWarning, stacklevel=stacklevel)


def _callback(struct: Any, function: Callable[[object, Any], None]) -> Any:
    """Wraps a function for the .on_event field of an option struct."""
    return dict(struct._fields_)["on_event"](function)


def evaluation_events(stop: Stop, skips: Skips) -> Any:
    """The .on_event of an evaluation. It also gives Python a chance to run signal handlers."""
    def on_event(user: object, event: Any) -> None:
        try:
            skips.see(event.contents)
        except BaseException as error:
            stop.fail(error)
    return _callback(_abi.linnet_eval_opts, on_event)


def training_events(stop: Stop, skips: Skips, callbacks: Sequence[Callback]) -> Any:
    """The .on_event of training: calls the callbacks. Their first exception stops training and is raised once the progress is saved."""
    def on_event(user: object, event: Any) -> None:
        try:
            skips.see(event.contents)
            if stop.error is None and callbacks:
                made = Event._of(event.contents)
                for callback in callbacks:
                    callback(made)
        except BaseException as error:
            stop.fail(error)
    return _callback(_abi.linnet_train_opts, on_event)
