"""linnet.train and linnet.resume. The steps are those of the program's `linnet train`, in the same order: options, the recipe's
constants, the data, the recipe's choice for this data, the model, the run folder, training."""
from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from . import _abi
from ._library import check, lib, path_bytes, text
from ._options import fill_some, keywords, opts, unknown
from ._stop import Stop
from .data import Data
from .errors import Interrupted
from .events import Callback, Callbacks, Event, Skips, training_events
from .model import Model, architectures, create
from .progress import History, Progress
from .results import TrainResult

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._keywords import FitOptions

    Path = Union[str, os.PathLike[str]]


def train(data: Data | Path, model: Model | Path | None = None, *, project: Path | None = "runs", name: str = "train",
          callbacks: Callbacks = (), progress: bool = True, recipe: str = "auto", **options: Unpack[FitOptions]) -> Model:
    """Trains a network on a data set and returns it.

        model = linnet.train("photos")                      # chooses network, sizes and epochs for these photos, for at most an hour
        model = linnet.train(data, "resnet18", epochs=20, lr=0.01, batch_size=64)
        model = linnet.train(data, "resnet50", weights="imagenet", freeze_epochs=2)

    data       a Data object, or a path, which is opened as by linnet.Data, with the data options that are given here (split, seed ...)
    model      an architecture's name; a model file or a run folder, whose weights are trained further, with a new last layer if the
               data has other classes; a Model, which is trained in place; None: the recipe chooses
    project, name   the run folder is project/name; if it exists, name2, name3 ... It gets the checkpoint, curves, pictures and
               report.html. project=None: nothing is written
    callbacks  a function or several, called with each Event; an exception in one stops training, and is raised
    progress   True: show a table and curves that grow in a notebook, and a line for each epoch elsewhere
    recipe     "auto", "fast", "best" or "chapter": sets the options that are not given, see docs/recipes.md
    options    those of `linnet train`, with _ in place of -: time="10m", epochs=5, imgsz=128, augment="strong" ...

    The returned model has the kept weights; its attributes are `run` (the folder), `result` and `history`. An ImageWarning names the first
    image that could not be read.

    Raises UsageError for options, TypeError for an unknown option and for one that has no effect on an open Data or an existing Model,
    InputError for data that cannot be opened or whose classes are not the model's, LimitError for too little memory, DivergedError if the
    loss is not finite, FileError. Ctrl-C saves the progress and raises Interrupted; linnet.resume(run) continues.
    """
    given: dict[str, Any] = dict(options)
    structs = {kind: opts(kind) for kind in ("data", "model", "train")}
    refuse_unknown("train", fill_some(structs, given), list(structs))
    structs["train"].recipe = recipe.encode()
    structs["model"].new_head = True
    check(lib().linnet_recipe_apply(recipe.encode(), *(ctypes.byref(struct) for struct in structs.values())))
    used = data if isinstance(data, Data) else open_data(data, structs["data"])
    if isinstance(data, Data):
        refuse_for("data", given, "the data is open already; give {name} to linnet.Data")
    trained = model if isinstance(model, Model) else None
    if trained is not None:
        refuse_for("model", given, "the model exists already; {name} applies to a new one")
    fit(used, trained, None if model is None or isinstance(model, Model) else os.fspath(model), structs)
    made = trained or make(used, structs)
    folder, created = run_folder(project, name)
    try:
        run_training(made, used, structs["train"], folder, callbacks, progress)
    except BaseException:
        drop_empty(created)
        raise
    return made


def train_model(model: Model, data: Data, project: Path | None, name: str, callbacks: Callbacks, progress: bool, recipe: str,
                options: Mapping[str, Any]) -> TrainResult:
    """Model.train."""
    train(data, model, project=project, name=name, callbacks=callbacks, progress=progress, recipe=recipe, **options)
    assert model.result is not None
    return model.result


def resume(run: Path, *, callbacks: Callbacks = (), progress: bool = True, threads: int | None = None, workers: int | None = None) -> Model:
    """Continues an interrupted run from its folder and returns the model. A completed run is only tested once more.

    With the same number of threads, the result has the same bits as if the run had never stopped. threads, workers: None: the run's own.
    callbacks and progress are those of linnet.train. The model's `history` has only the epochs since.

    Raises InputError if the folder has no checkpoint or the data has changed; other errors are those of linnet.train.
    """
    resumed = _abi.linnet_resumed()
    resumed.size = ctypes.sizeof(resumed)
    check(lib().linnet_resume_open(ctypes.byref(resumed), path_bytes(run)))
    # The Python objects now own the model and the data; `resumed` keeps the options and what they point to.
    model, data = Model._of_handle(ctypes.c_void_p(resumed.model)), Data._of_handle(ctypes.c_void_p(resumed.data))
    resumed.model = resumed.data = None
    try:
        train_opts = resumed.opts.contents
        train_opts.threads, train_opts.workers = threads or train_opts.threads, workers or train_opts.workers
        run_training(model, data, train_opts, os.fspath(run), callbacks, progress)
    finally:
        lib().linnet_resume_close(ctypes.byref(resumed))
    return model


# ---- the steps -------------------------------------------------------------------------------------------------------------

def refuse_unknown(function: str, names: Sequence[str], kinds: Sequence[str]) -> None:
    if names:
        known = [name for kind in kinds for name in keywords(f"linnet_{kind}_options")]
        raise unknown(function, names[0], known)


def refuse_for(kind: str, given: Mapping[str, Any], reason: str) -> None:
    """TypeError for an option of this kind alone, which would have no effect. seed belongs to several kinds."""
    for name, value in given.items():
        elsewhere = any(name in keywords(f"linnet_{other}_options") for other in ("data", "model", "train") if other != kind)
        if value is not None and name in keywords(f"linnet_{kind}_options") and not elsewhere and name != "seed":
            raise TypeError(f"{name}: " + reason.format(name=name))


def open_data(path: Path, struct: Any) -> Data:
    handle = ctypes.c_void_p()
    with Stop() as stop:
        struct.stop = stop.pointer
        check(lib().linnet_data_open(ctypes.byref(handle), path_bytes(path), ctypes.byref(struct)))
    return Data._of_handle(handle, struct)


def fit(data: Data, trained: Model | None, arch: str | None, structs: dict[str, Any]) -> None:
    """linnet_recipe_fit, which may choose the architecture and the input size. An existing model keeps its own."""
    chosen = ctypes.c_char_p(None if arch is None else os.fsencode(arch))
    if trained is not None:
        if trained.arch not in architectures():
            return  # a network of the user's own: the defaults hold
        chosen = ctypes.c_char_p(trained.arch.encode())
        structs["model"].imgsz = trained.imgsz
    seconds = ctypes.c_double()
    check(lib().linnet_recipe_fit(ctypes.byref(chosen), data.handle, ctypes.byref(structs["model"]), ctypes.byref(structs["train"]),
                                  ctypes.byref(seconds)))
    structs["arch"] = text(chosen.value)


def make(data: Data, structs: dict[str, Any]) -> Model:
    return Model._of_handle(create(structs["arch"], data, structs["model"]))


def run_folder(project: Path | None, name: str) -> tuple[str | None, list[str]]:
    """Creates the folder project/name, name2, name3 ...; two processes never get the same one. Returns it, or None without a project, and
    the folders that were created: the run's own, and the project's if it is new."""
    if project is None:
        return None, []
    path = os.fspath(project)
    created = [] if os.path.isdir(path) else [path]
    number = 1
    while True:
        run = os.path.join(path, name + (str(number) if number > 1 else ""))
        try:
            os.makedirs(run)
            return run, [run, *created]
        except FileExistsError:
            number += 1


def run_training(model: Model, data: Data, struct: Any, folder: str | None, callbacks: Callbacks, progress: bool) -> None:
    """Trains with the options in `struct`, and stores the data, the folder, the history and the result in the model."""
    history, skips, result = History(), Skips(), _abi.linnet_result()
    result.size = ctypes.sizeof(result)
    listed: list[Callback] = [history.add, *([callbacks] if callable(callbacks) else callbacks)]
    shown = Progress(model, data, folder) if progress else None
    if shown is not None:
        listed.append(shown)
    directory = None if folder is None else path_bytes(folder)
    struct.dir = directory
    try:
        with model._using() as handle, data._lock, Stop(waits=True) as stop:
            model._forget_predictor()
            on_event = training_events(stop, skips, listed)
            struct.stop, struct.on_event = stop.pointer, on_event
            status = lib().linnet_train(handle, data.handle, ctypes.byref(struct), ctypes.byref(result))
            if stop.error is not None:
                raise stop.error
            check(status)
    except Interrupted as error:
        error.run = folder
        if folder is not None:
            error.args = (f"{error.message}; saved: linnet.resume({folder!r}) continues, linnet.Model({folder!r}) is the best so far",)
        raise
    finally:
        if shown is not None:
            shown.close()
    model.data, model.run, model.history, model.result = data, folder, history, TrainResult._of(result)
    skips.warn(stacklevel=4)  # the line that called train or resume
    if shown is not None:
        shown.end(model.result)


def drop_empty(folders: Sequence[str]) -> None:
    """Removes the folders that were created for a run that failed, as far as they are empty."""
    for path in folders:
        try:
            os.rmdir(path)
        except OSError:
            return
