"""linnet.Model: a network with its weights, to train, evaluate, predict, explain and export."""
from __future__ import annotations

import contextlib
import ctypes
import os
import threading
import weakref
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Union, overload

from . import _abi, _html
from ._library import check, lib, path_bytes, text
from ._options import fill, fill_some, keywords, opts, unknown
from .data import PART_NAMES, Data, part_number
from .draw import Picture
from .errors import UsageError
from .events import Skips, evaluation_events
from .inputs import is_one, many
from .predictor import Explainer, Predictor
from .results import Embedding, Explanation, Metrics, Prediction, Predictions
from ._stop import Stop

if TYPE_CHECKING:
    from typing_extensions import Unpack

    import numpy as np
    import numpy.typing as npt

    from ._keywords import EmbedOptions, EvalOptions, ExplainOptions, ExportOptions, ModelOptions, PredictOptions, TrainOptions
    from .events import Callbacks
    from .inputs import Image
    from .progress import History
    from .results import TrainResult

    Path = Union[str, os.PathLike[str]]

PICTURES_FOR = 32  # predictions of at most this many images carry a small picture, for notebooks
PICTURE_SIDE = 192


class Text(str):
    """A text that a notebook shows in a fixed-width font, so that its columns align."""

    def _repr_html_(self) -> str:
        return f"<pre>{_html.escape(self)}</pre>"

    def __repr__(self) -> str:
        return str(self)


def architectures() -> list[str]:
    """The names of the architectures: "lenet5", "lenet", "alexnet", "vgg11" ... "resnet152" ..."""
    names: list[str] = []
    while name := lib().linnet_arch_name(len(names)):
        names.append(text(name))
    return names


class Model:
    """A network with its weights.

    `source` is the name of an architecture, such as "resnet18", a model file (.safetensors or .onnx), or a run folder, whose
    best.safetensors is opened. A new network has random weights, or those of `weights`. `data` gives a new network its classes, channels
    and normalisation; evaluate() and embed() use it by default.

        model = linnet.Model("runs/train")
        model.predict("cat.jpg").name          # 'cat'

    Raises UsageError for an unknown name, InputError for a file that is missing, damaged or not a model, LimitError, and TypeError for an
    unknown option and for options with a file or folder.
    A Model may be used from several threads; a call waits until an earlier one of the same model has returned. Calls release the GIL.
    """

    def __init__(self, source: Path, data: Data | None = None, **options: Unpack[ModelOptions]) -> None:
        name = os.fspath(source)
        is_arch = name in architectures() or not ("/" in name or "." in name or os.path.exists(name))
        if is_arch:
            struct = fill("model", options, "Model")
            struct.new_head = data is not None
            self._own(create(name, data, struct), data)
            return
        if options:
            raise TypeError(f"{next(iter(options))} applies only to an architecture's name; {name!r} has its own")
        handle = ctypes.c_void_p()
        check(lib().linnet_model_open(ctypes.byref(handle), path_bytes(name)))
        run = name if os.path.isdir(name) else os.path.dirname(name) or "."
        self._own(handle, data, run if os.path.exists(os.path.join(run, "args.json")) else None)

    def _own(self, handle: ctypes.c_void_p, data: Data | None = None, run: str | None = None) -> None:
        self._handle: ctypes.c_void_p | None = handle
        self._lock = threading.RLock()
        self._busy = False
        self._predictor: tuple[dict[str, object], Predictor] | None = None
        self._compiled: weakref.WeakSet[Any] = weakref.WeakSet()  # predictors and explainers, which borrow the handle
        self.data: Data | None = data
        """The data of the last training, else the argument `data`, else that of the run folder after evaluate() or embed(); else None."""
        self.run: str | None = run
        """The run folder of the last training, or the one that the model was opened from; None without one."""
        self.result: TrainResult | None = None
        """The result of the last training; None before one."""
        self.history: History | None = None
        """The epochs of the last training; None before one."""

    @classmethod
    def _of_handle(cls, handle: ctypes.c_void_p) -> Model:
        model = cls.__new__(cls)
        model._own(handle)
        return model

    @classmethod
    def from_text(cls, description: str, **options: Unpack[ModelOptions]) -> Model:
        """Creates a network of your own from the text form that model files carry (docs/model-files.md). Raises InputError."""
        struct = fill("model", options, "Model.from_text")
        handle = ctypes.c_void_p()
        check(lib().linnet_model_create_from_text(ctypes.byref(handle), description.encode(), ctypes.byref(struct)))
        return cls._of_handle(handle)

    @property
    def handle(self) -> ctypes.c_void_p:
        """The linnet_model *, for direct calls of the C library. ValueError after close()."""
        if self._handle is None:
            raise ValueError("the model is closed")
        return self._handle

    def close(self) -> None:
        """Frees the model, and closes its predictors. Further uses raise ValueError."""
        if getattr(self, "_handle", None) is None:
            return
        with self._using() as handle:
            self._forget_predictor()
            for compiled in list(self._compiled):
                compiled.close()
            self._handle = None
            lib().linnet_model_destroy(handle)

    def __del__(self) -> None:
        self.close()

    def __enter__(self) -> Model:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @contextlib.contextmanager
    def _using(self) -> Iterator[ctypes.c_void_p]:
        """The handle for one call. UsageError "model-busy" if a callback of a call begins another call on the same model."""
        with self._lock:
            if self._busy:
                raise UsageError("the model is in use by the call whose callback this is; wait for its return", _abi.ERR_USAGE,
                                 "model-busy")
            self._busy = True
            try:
                yield self.handle
            finally:
                self._busy = False

    # ---- properties

    @property
    def arch(self) -> str:
        """The architecture's name, or "custom"."""
        return text(lib().linnet_model_arch(self.handle))

    @property
    def classes(self) -> list[str]:
        """The class names; a label is an index into them."""
        return [text(lib().linnet_model_class_name(self.handle, label))
                for label in range(lib().linnet_model_classes(self.handle))]

    @property
    def imgsz(self) -> int:
        """Width and height of the input in pixels."""
        return int(lib().linnet_model_imgsz(self.handle))

    @property
    def channels(self) -> int:
        """1: grey; 3: RGB."""
        return int(lib().linnet_model_channels(self.handle))

    @property
    def parameters(self) -> int:
        """The number of trainable parameters."""
        return int(lib().linnet_model_parameters(self.handle))

    @property
    def text(self) -> str:
        """The network as text, for Model.from_text."""
        return text(lib().linnet_model_text(self.handle))

    @property
    def weights(self) -> str:
        """One line on which tensors came from the file of `weights` and which start fresh; "" without such a file."""
        return text(lib().linnet_model_weights(self.handle))

    def summary(self, batch: int = 1) -> Text:
        """The network as a table for a batch of `batch` images: layers, output shapes, parameters, multiply-adds, totals."""
        struct = opts("summary")
        struct.batch = batch
        out = ctypes.c_void_p()
        check(lib().linnet_model_summary(self.handle, ctypes.byref(struct), ctypes.byref(out)))
        try:
            return Text(text(ctypes.string_at(out.value or 0)))
        finally:
            lib().linnet_free(out)

    def picture(self, name: str = "test_pred") -> Picture:
        """A picture of the run folder: "test_pred", "confusion_matrix", "top_losses", "most_confident", "results", "train_batch".

        Raises FileNotFoundError if the run has no such picture or the model has no run.
        """
        path = os.path.join(self.run or "", name + ".png")
        if self.run is None or not os.path.exists(path):
            raise FileNotFoundError(f"{path}: the model has no such picture")
        return Picture(path)

    def __repr__(self) -> str:
        if self._handle is None:
            return "<linnet.Model, closed>"
        return (f"<linnet.Model {self.arch}: {self.imgsz} x {self.imgsz} {'grey' if self.channels == 1 else 'RGB'}, "
                f"{len(self.classes)} classes, {self.parameters:,} parameters>")

    def _repr_html_(self) -> str:
        parts = [part._repr_html_() for part in (self.result, self.history) if part is not None]
        return f"<b>{_html.escape(repr(self))}</b>" + "".join(parts)

    # ---- weights by name

    def state_dict(self) -> dict[str, npt.NDArray[np.float32]]:
        """Copies of all parameters and buffers under PyTorch's names, as float32. A convolution's weight is [out, in, rows, columns].

        `torch_model.load_state_dict({k: torch.from_numpy(v) for k, v in model.state_dict().items()})` loads them into torchvision's
        version of the same network.
        """
        import numpy as np
        out = {}
        with self._using() as handle:
            for index in range(lib().linnet_model_param_count(handle)):
                name = lib().linnet_model_param_name(handle, index)
                shape = _abi.linnet_shape()
                check(lib().linnet_model_param_shape(handle, name, ctypes.byref(shape)))
                values = np.empty(tuple(shape.dim[:shape.rank]), np.float32)
                check(lib().linnet_model_param_get(handle, name, ctypes.byref(shape), _floats(values)))
                out[text(name)] = values
        return out

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> tuple[list[str], list[str]]:
        """Sets the parameters and buffers that `state` names to its values: numpy arrays, PyTorch tensors, or whatever numpy converts.

        Returns (missing, unexpected): the names that only the model has, and those that only `state` has. With strict=True any such name
        raises UsageError "param-name". Another shape raises UsageError "param-shape". Both are checked before anything changes.
        """
        import numpy as np
        own = self.state_dict()
        missing, unexpected = [name for name in own if name not in state], [name for name in state if name not in own]
        if strict and (missing or unexpected):
            raise UsageError("; ".join(f"{what}: {', '.join(names[:5])}{' ...' if len(names) > 5 else ''}" for what, names in
                                       (("missing", missing), ("unexpected", unexpected)) if names), _abi.ERR_USAGE, "param-name")
        arrays = {name: _as_array(state[name]) for name in own if name in state}
        for name, values in arrays.items():
            if values.shape != own[name].shape:
                raise UsageError(f"{name}: the shape is {list(values.shape)}; the model's is {list(own[name].shape)}",
                                 _abi.ERR_USAGE, "param-shape")
        with self._using() as handle:
            for name, values in arrays.items():
                shape = _abi.linnet_shape(values.ndim, (ctypes.c_int64 * 4)(*values.shape))
                values = np.ascontiguousarray(values, np.float32)
                check(lib().linnet_model_param_set(handle, name.encode(), ctypes.byref(shape), _floats(values)))
        self._forget_predictor()
        return missing, unexpected

    def save(self, path: Path) -> None:
        """Writes a model file (.safetensors) with the network and its weights, for linnet.Model. Raises FileError; UsageError for weights
        that are not finite."""
        with self._using() as handle:
            check(lib().linnet_model_save(handle, path_bytes(path)))

    def export(self, path: Path, **options: Unpack[ExportOptions]) -> float:
        """Writes a file for other programs: .onnx, .safetensors (the weights alone), .pth or .pt, or .c (a small network as C99).

        With check=True, opens the .onnx file again and returns the largest difference of a logit over the largest logit; else returns 0.
        Raises UsageError for another ending and for an option that does not apply to the format, InputError for a layer that ONNX cannot
        express, LimitError for a network that is too large for the format, InternalError if the logits differ by more than 1e-4,
        FileError."""
        struct, result = fill("export", options, "Model.export"), _abi.linnet_export_result()
        result.size = ctypes.sizeof(result)
        with self._using() as handle:
            check(lib().linnet_model_export(handle, path_bytes(path), ctypes.byref(struct), ctypes.byref(result)))
        return float(result.difference)

    # ---- training and evaluation

    def train(self, data: Data | Path, *, project: Path | None = "runs", name: str = "train", callbacks: Callbacks = (),
              progress: bool = True, recipe: str = "auto", **options: Unpack[TrainOptions]) -> TrainResult:
        """Trains this model in place, from its present weights. Arguments, defaults and errors are those of linnet.train.

        The model keeps its classes and input size; InputError if the data has other classes.
        """
        from .training import train_model
        return train_model(self, data if isinstance(data, Data) else Data(data), project, name, callbacks, progress, recipe, options)

    def _data(self) -> Data:
        if self.data is None:
            if self.run is None:
                raise UsageError("the model has no data of its own; give the data to evaluate on", _abi.ERR_USAGE, "eval-data")
            self.data = Data.of_run(self.run)
        return self.data

    def evaluate(self, data: Data | Path | None = None, part: str | None = None, **options: Unpack[EvalOptions]) -> Metrics:
        """Loss, accuracy with its 95 % interval, and the figures of each class.

        data   None: the model's data, else that of its run folder, with the run's parts
        part   "train", "val" or "test"; None: test, or val if test is empty, or train if both are

        Raises InputError if the data's classes are not the model's or the part is empty, UsageError without data, ValueError for another
        part. An ImageWarning names the first image that cannot be read.
        """
        struct, metrics = fill("eval", options, "Model.evaluate"), _abi.linnet_metrics()
        struct.part = part_number(part)
        metrics.size = ctypes.sizeof(metrics)
        used = self._data() if data is None else data if isinstance(data, Data) else Data(data)
        skips = Skips()
        with self._using() as handle, used._lock, Stop(waits=True) as stop:
            struct.stop, struct.on_event = stop.pointer, evaluation_events(stop, skips)
            check(lib().linnet_evaluate(handle, used.handle, ctypes.byref(struct), ctypes.byref(metrics)))
            found = Metrics._of(metrics, self.classes)
        skips.warn()
        return found

    # ---- prediction and explanation

    def _forget_predictor(self) -> None:
        kept, self._predictor = getattr(self, "_predictor", None), None
        if kept is not None:
            kept[1].close()

    def predictor(self, features: bool = False, picture: int = 0, **options: Unpack[PredictOptions]) -> Predictor:
        """A compiled copy of the network for many calls: `predictor(images)`. See linnet.Predictor."""
        return Predictor(self, features=features, picture=picture, **options)

    def _run_cached(self, images: list[Any], given: dict[str, object]) -> Predictions:
        """Runs the last call's predictor if the options are the same, else a new predictor."""
        with self._lock:
            if self._predictor is None or self._predictor[0] != given:
                self._forget_predictor()
                self._predictor = (given, Predictor(self, **given))  # type: ignore[arg-type]
                self._predictor[1]._model = None  # no cycle: memory is freed with the last reference to the model
            return self._predictor[1](images)

    @overload
    def predict(self, images: Image, **options: Unpack[PredictOptions]) -> Prediction: ...

    @overload
    def predict(self, images: Any, **options: Unpack[PredictOptions]) -> Any: ...

    def predict(self, images: Any, **options: Unpack[PredictOptions]) -> Prediction | Predictions:
        """The class of an image, or of several.

        images: a path, the bytes of an encoded file, a uint8 array [height, width, 3] (also [height, width], or with 1 or 4 channels), a
        PIL image; or a list of these, an array [images, height, width, channels], or a folder, whose files are predicted.

        Returns a Prediction for one image; Predictions, a list, for several and for a folder. If a single image cannot be predicted, its
        error is raised: InputError or FileError. Among several, its Prediction has `error`. TypeError and ValueError for arrays that are
        not pixels.
        """
        listed = many(images)
        with_picture = PICTURE_SIDE if len(listed) <= PICTURES_FOR else 0
        found = self._run_cached(listed, {"picture": with_picture, **options})
        if not is_one(images):
            return found
        if found[0].error is not None:
            raise found[0].error
        return found[0]

    def features(self, images: Any, **options: Unpack[PredictOptions]) -> npt.NDArray[np.float32]:
        """The input of the last layer with weights, for each image: float32 [images, features]; for one image [features].

        For resnet18 these are 512 averages. `images` as for predict. Raises the error of the first image that cannot be read.
        """
        import numpy as np
        found = self._run_cached(many(images), {"features": True, "strict": True, **options})
        if not found:
            return np.empty((0, 0), np.float32)
        rows: npt.NDArray[np.float32] = np.stack([p.features for p in found if p.features is not None])
        row: npt.NDArray[np.float32] = rows[0]
        return row if is_one(images) else rows

    def embed(self, data: Data | Path | None = None, part: str | None = None, **options: Unpack[EmbedOptions]) -> Embedding:
        """The features of every image of a data set, or of one part. data=None: as for evaluate. The classes need not be the model's.

        Raises InputError if there are no images or the features are not finite, UsageError without data.
        """
        struct = fill("embed", options, "Model.embed")
        struct.part = part_number(part)
        used = self._data() if data is None else data if isinstance(data, Data) else Data(data)
        out = ctypes.POINTER(_abi.linnet_embedding)()
        skips = Skips()
        with self._using() as handle, used._lock, Stop(waits=True) as stop:
            struct.stop, struct.on_event = stop.pointer, evaluation_events(stop, skips)
            check(lib().linnet_embed(ctypes.byref(out), handle, used.handle, ctypes.byref(struct)))
        try:
            found = Embedding._of(out, used.classes, PART_NAMES)
        finally:
            lib().linnet_embedding_free(out)
        skips.warn()
        return found

    def explain(self, images: Any, **options: Unpack[ExplainOptions]) -> Any:
        """Maps which parts of an image support a class: an Explanation for one image, a list for several. `images` as for predict.

        method   "gradcam", "hirescam", "layercam" or "occlusion"; by default gradcam or hirescam, depending on the network's last layers
        layer    the name of a layer or block, such as "layer3"; by default the last one before the map is pooled or flattened
        target   the class, by name or label: "cat"; by default the predicted class

        Raises UsageError for unknown names, InputError for an image that cannot be read.
        """
        with Explainer(self, **options) as explainer:
            found: list[Explanation] = explainer(many(images))
        return found[0] if is_one(images) else found


def _floats(values: npt.NDArray[np.float32]) -> Any:
    return values.ctypes.data_as(ctypes.POINTER(ctypes.c_float))


def _as_array(value: Any) -> npt.NDArray[np.float32]:
    import numpy as np
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    return np.asarray(value, np.float32)


def fetch_weights(arch: str) -> bytes:
    """The path of torchvision's ImageNet weights, which are fetched if they are missing. Raises FileError, UsageError."""
    struct, path = opts("fetch"), ctypes.c_void_p()
    with Stop() as stop:
        struct.stop = stop.pointer
        check(lib().linnet_weights_fetch(arch.encode(), ctypes.byref(struct), ctypes.byref(path)))
    try:
        return ctypes.string_at(path.value or 0)
    finally:
        lib().linnet_free(path)


def create(arch: str, data: Data | None, struct: Any) -> ctypes.c_void_p:
    """linnet_model_create, after fetching the ImageNet weights if the options name them: the C function does not fetch."""
    if struct.weights == b"imagenet":
        struct.weights = fetch_weights(arch)
    handle = ctypes.c_void_p()
    check(lib().linnet_model_create(ctypes.byref(handle), os.fsencode(arch), data.handle if data is not None else None,
                                    ctypes.byref(struct)))
    return handle
