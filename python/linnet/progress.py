"""What training shows while it runs: in a notebook a table and curves that grow, elsewhere a line for each epoch, and on a terminal also
a progress line."""
from __future__ import annotations

import importlib
import math
import sys
import time
from typing import TYPE_CHECKING, Any

from . import _html
from .events import Event
from .results import TrainResult, percent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from .data import Data
    from .model import Model

COLUMNS = ("epoch", "train_loss", "train_acc", "val_loss", "val_acc", "lr", "images_per_s", "time_s")


class History:
    """The epochs of a training: history["val_acc"] is float64 [epochs].

    The columns are epoch (from 1), train_loss, train_acc, val_loss, val_acc, lr, images_per_s and time_s (since the start). Accuracies are
    from 0 to 1; val_loss and val_acc are nan for an epoch without an evaluation. `best` is the epoch whose weights are kept, 0 before the
    first. len(history) is the number of epochs. KeyError for another column.
    """

    def __init__(self) -> None:
        self.rows: list[tuple[float, ...]] = []
        self.best = 0

    def add(self, event: Event) -> None:
        """A callback: stores the events of kind "epoch"."""
        if event.kind == "epoch":
            self.rows.append((event.epoch, event.loss, event.acc, event.val_loss, event.val_acc, event.lr, event.images_per_s,
                              event.time_s))
            if event.best:
                self.best = event.epoch

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list[float]:
        return [row[COLUMNS.index(name)] for row in self.rows]

    def __getitem__(self, name: str) -> npt.NDArray[np.float64]:
        import numpy as np
        if name not in COLUMNS:
            raise KeyError(f"{name!r}; the columns are {', '.join(COLUMNS)}")
        return np.array(self.column(name), np.float64)

    def keys(self) -> tuple[str, ...]:
        """The names of the columns, so that dict(history) and pandas.DataFrame(dict(history)) work."""
        return COLUMNS

    def __repr__(self) -> str:
        return f"<linnet.History: {len(self)} epochs" + (f", the best is {self.best}>" if self.best else ">")

    def _repr_html_(self) -> str:
        rows: list[list[object]] = [[int(row[0]), number(row[1]), percent(row[2]), number(row[3]), percent(row[4]), f"{row[5]:.3g}",
                                     f"{row[6]:,.0f}", clock(row[7])] for row in self.rows]
        if len(rows) > 15:
            rows = [*rows[:3], ["..."] * len(COLUMNS), *rows[-10:]]
        lines = (("train", _html.BLUE), ("val", _html.VERMILION))
        loss = [(name, colour, self.column(f"{name}_loss")) for name, colour in lines]
        acc = [(name, colour, self.column(f"{name}_acc")) for name, colour in lines]
        table = _html.table(["epoch", "train loss", "train acc", "val loss", "val acc", "lr", "images/s", "time"], rows, 0)
        return _html.side_by_side(table, _html.curves("loss", loss), _html.curves("accuracy", acc, True))


def number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}"


def clock(seconds: float) -> str:
    if math.isnan(seconds):
        return "-"
    whole = int(seconds + 0.5)
    if seconds < 60:
        return f"{seconds:.1f}s"
    return f"{whole // 60}m{whole % 60:02}s" if whole < 3600 else f"{whole // 3600}h{whole % 3600 // 60:02}m"


def in_notebook() -> bool:
    """True if the output goes to a notebook, which can show HTML and replace it."""
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    return shell is not None and hasattr(shell, "kernel")


def notebook_display() -> tuple[Any, Any]:
    """IPython's display and HTML. Linnet does not need IPython, so a type checker may not know its types."""
    module: Any = importlib.import_module("IPython.display")
    return module.display, module.HTML


def Progress(model: Model, data: Data, folder: str | None) -> _Progress:
    """The progress display for a notebook, or for a terminal or file."""
    if in_notebook():
        return _NotebookProgress(model, data, folder)
    return _TextProgress(model, data, folder)


class _Progress:
    """A callback that shows events. close() removes the progress line; end() adds the result."""

    def __init__(self, model: Model, data: Data, folder: str | None) -> None:
        counts = data.counts
        self.title = (f"{model.arch}, {model.imgsz} px, {model.parameters:,} parameters; "
                      f"{counts['train']:,} images to train, {counts['val']:,} to validate, {counts['test']:,} to test"
                      + ("; val is the test part, and the last weights are kept" if data.watches_test else ""))
        self.folder = folder
        self.shown_at = -math.inf

    def due(self, event: Event, every: float) -> bool:
        """True for the start and for each epoch; for a step if at least `every` seconds have passed since the last event that was shown."""
        now = time.monotonic()
        if event.kind == "step" and now - self.shown_at < every:
            return False
        self.shown_at = now
        return event.kind in ("start", "step", "epoch")

    def __call__(self, event: Event) -> None:
        raise NotImplementedError

    def close(self) -> None:
        pass

    def end(self, result: TrainResult) -> None:
        pass


def position(event: Event) -> str:
    """The text of the progress line: epoch, step, loss, accuracy and the time that is left."""
    what = "" if event.part in (None, "train") else f" {event.part}"
    eta = "" if math.isnan(event.eta_s) else f", {clock(event.eta_s)} left"
    loss = "" if math.isnan(event.loss) else f", loss {event.loss:.4f}, accuracy {percent(event.acc)}"
    return f"epoch {event.epoch}/{event.epochs}{what}, step {event.step}/{event.steps}{loss}{eta}"


class _TextProgress(_Progress):
    """A line for each epoch; on a terminal also a progress line, replaced at most five times per second."""

    def __init__(self, model: Model, data: Data, folder: str | None) -> None:
        super().__init__(model, data, folder)
        self.out = sys.stdout
        self.replaces = bool(getattr(self.out, "isatty", lambda: False)())
        self.width = 0

    def _line(self, line: str) -> None:
        self._clear()
        print(line, file=self.out, flush=True)

    def _clear(self) -> None:
        if self.width:
            self.out.write("\r" + " " * self.width + "\r")
            self.width = 0

    def __call__(self, event: Event) -> None:
        if event.kind == "start":
            self._line(self.title)
            if self.folder:
                self._line(f"run {self.folder}")
            self._line("epoch  train loss  train acc  val loss  val acc        lr  images/s     time")
        elif event.kind == "epoch":
            self._line(f"{event.epoch:5}  {number(event.loss):>10}  {percent(event.acc):>9}  {number(event.val_loss):>8}  "
                       f"{percent(event.val_acc):>7}  {event.lr:8.3g}  {event.images_per_s:8,.0f}  {clock(event.time_s):>7}")
        elif self.replaces and self.due(event, 0.2):
            self._clear()
            line = position(event)
            self.width = len(line)
            self.out.write(line)
            self.out.flush()

    def close(self) -> None:
        self._clear()

    def end(self, result: TrainResult) -> None:
        self._line(str(result))


class _NotebookProgress(_Progress):
    """The history's table and curves in one output, replaced after each epoch and about twice per second in between."""

    def __init__(self, model: Model, data: Data, folder: str | None) -> None:
        super().__init__(model, data, folder)
        self.history = History()
        self.handle: Any = None

    def _show(self, status: str, done: float) -> None:
        display, html = notebook_display()
        bar = f'<progress value="{done:.4f}" max="1" style="width:300px"></progress> {_html.escape(status)}' if status else ""
        run = f"<br>run <code>{_html.escape(self.folder)}</code>" if self.folder else ""
        shown = html(f"{_html.escape(self.title)}{run}<br>{bar}" + (self.history._repr_html_() if len(self.history) else ""))
        if self.handle is None:
            self.handle = display(shown, display_id=True)
        else:
            self.handle.update(shown)

    def __call__(self, event: Event) -> None:
        self.history.add(event)
        if self.due(event, 0.5):
            steps = event.step / max(1, event.steps) if event.part in (None, "train") else 1.0
            before = event.epoch - 1 if event.kind == "step" else event.epoch
            done = (before + (steps if event.kind == "step" else 0)) / max(1, event.epochs)
            self._show(position(event) if event.kind == "step" else f"epoch {event.epoch}/{event.epochs}", min(1.0, done))

    def end(self, result: TrainResult) -> None:
        self._show("", 1.0)
        display, html = notebook_display()
        display(html(result._repr_html_()))
