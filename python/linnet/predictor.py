"""Compiled networks for many calls: linnet.Predictor and linnet.Explainer."""
from __future__ import annotations

import ctypes
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import _abi
from ._library import check, lib, text
from ._options import fill
from ._stop import Stop
from .errors import LinnetError, make_error
from .inputs import Inputs, many
from .results import Explanation, Prediction, Predictions

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._keywords import ExplainOptions, PredictOptions
    from .model import Model


class _Compiled:
    """The base of both: a handle that borrows the model, and a lock that admits one call at a time."""
    kind = ""

    def __init__(self, model: Model, struct: Any) -> None:
        self._model: Model | None = model  # the handle borrows the model, which must not be collected first
        self._names = model.classes
        self._stop = ctypes.c_int(0)
        self._lock = threading.Lock()
        struct.stop = ctypes.pointer(self._stop)
        self._struct = struct
        handle = ctypes.c_void_p()
        with model._using() as borrowed:
            check(getattr(lib(), f"linnet_{self.kind}_create")(ctypes.byref(handle), borrowed, ctypes.byref(struct)))
        self._handle: ctypes.c_void_p | None = handle
        model._compiled.add(self)

    def close(self) -> None:
        """Frees the compiled network; waits for a running call. Further calls raise ValueError."""
        if getattr(self, "_handle", None) is None:
            return
        with self._lock:
            handle, self._handle = self._handle, None
            if handle is not None:
                getattr(lib(), f"linnet_{self.kind}_destroy")(handle)

    def __del__(self) -> None:
        self.close()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _run(self, images: Any, callback: Any, put: Any) -> None:
        """Calls put(found) for each image, in order, with the library's struct, which is valid only during put."""
        inputs = Inputs(many(images))
        with self._lock, Stop(self._stop) as stop:
            if self._handle is None:
                raise ValueError(f"the {self.kind} is closed")

            def on_image(user: object, found: Any) -> None:
                try:
                    put(found.contents)
                except BaseException as error:
                    stop.fail(error)
            status = getattr(lib(), f"linnet_{self.kind}_run")(self._handle, inputs.array, len(inputs), callback(on_image), None)
            if stop.error is None:
                check(status)


def _error(found: Any) -> LinnetError | None:
    """The exception for an image that failed; None if it did not."""
    if not found.status:
        return None
    error = make_error(found.status, text(found.error), text(found.code))
    return error if isinstance(error, LinnetError) else LinnetError(text(found.error), found.status, text(found.code))


class Predictor(_Compiled):
    """A compiled copy of a network: `predictor(images)` returns a list of predictions in the order of the images.

        with model.predictor(batch_size=64) as predictor:
            predictions = predictor("new")

    features   True: fill Prediction.features
    picture    192: fill Prediction.picture, reduced to at most this width and height; 0: do not
    strict     True: raise the first image's error instead of storing it in its Prediction

    Later changes of the model's weights do not affect it. It may be called from several threads: calls of one predictor wait for each
    other, different predictors run at the same time. Raises UsageError for options, TypeError for an unknown one, LimitError.
    """
    kind = "predictor"

    def __init__(self, model: Model, *, features: bool = False, picture: int = 0, strict: bool = False,
                 **options: Unpack[PredictOptions]) -> None:
        super().__init__(model, fill("predict", {**options, "features": features, "picture": picture or None, "strict": strict},
                                     "Predictor"))

    def __enter__(self) -> Predictor:
        return self

    def __call__(self, images: Any) -> Predictions:
        """images: as for Model.predict. Raises Interrupted after Ctrl-C, TypeError and ValueError for arrays that are not pixels, and
        ValueError after close()."""
        found = Predictions()
        if many_images := many(images):
            self._run(many_images, _abi.linnet_prediction_fn, lambda p: found.append(Prediction._of(p, self._names, _error(p))))
        return found


class Explainer(_Compiled):
    """A compiled copy of a network that explains images: `explainer(images)` returns a list of explanations in the order of the images.

    The options and errors are those of Model.explain.
    """
    kind = "explainer"

    def __init__(self, model: Model, **options: Unpack[ExplainOptions]) -> None:
        super().__init__(model, fill("explain", options, "explain"))

    def __enter__(self) -> Explainer:
        return self

    def __call__(self, images: Any) -> list[Explanation]:
        """images: as for Model.predict. Raises the error of the first image that cannot be explained."""
        found: list[Explanation] = []

        def put(explanation: Any) -> None:
            if error := _error(explanation):
                raise error
            found.append(Explanation._of(explanation, self._names))
        if many_images := many(images):
            self._run(many_images, _abi.linnet_explanation_fn, put)
        return found
