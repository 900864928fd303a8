"""The results of calls: Metrics, Prediction, Explanation, Embedding, TrainResult. They are plain values that outlive the model."""
from __future__ import annotations

import ctypes
import math
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import _abi, _html
from ._library import check, lib, path_bytes, text
from .errors import LinnetError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def copy_of(pointer: Any, shape: tuple[int, ...]) -> Any:
    """A numpy array with a copy of the numbers at a pointer."""
    import numpy as np
    if 0 in shape or not pointer:
        return np.zeros(shape, pointer._type_)
    return np.ctypeslib.as_array(pointer, shape).copy()


def percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.2f} %"


# ---- training and evaluation -------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class TrainResult:
    """The result of a training run. Accuracies are from 0 to 1; a figure of a part that the data lacks is nan, its count 0.

    epochs, best_epoch          epochs done; the epoch whose weights are kept
    time_s, images_per_s        of training, validation included; of training alone
    train_loss, train_acc       of the last epoch
    val_loss, val_acc ...       of the kept weights on the validation part; without one, val_loss and val_acc are of the test part
    val_acc_low, val_acc_high   95 % interval of val_acc
    test_loss, test_acc ...     of the kept weights on the test part; test_balanced_acc, test_auc, test_ece as in Metrics
    temperature                 probabilities are softmax(logits / temperature); fitted on the validation part, 1 without one
    skipped, damaged            images that could not be read, and damaged ones that were used anyway
    """
    epochs: int
    best_epoch: int
    time_s: float
    images_per_s: float
    train_loss: float
    train_acc: float
    val_loss: float
    val_acc: float
    val_acc_low: float
    val_acc_high: float
    val_count: int
    test_loss: float
    test_acc: float
    test_acc_low: float
    test_acc_high: float
    test_count: int
    test_balanced_acc: float
    test_auc: float
    test_ece: float
    temperature: float
    skipped: int
    damaged: int

    @classmethod
    def _of(cls, result: Any) -> TrainResult:
        return cls(**{name: getattr(result, name) for name in cls.__dataclass_fields__})

    def _rows(self) -> list[list[object]]:
        rows: list[list[object]] = []
        for name, acc, low, high, count in (("test", self.test_acc, self.test_acc_low, self.test_acc_high, self.test_count),
                                            ("validation", self.val_acc, self.val_acc_low, self.val_acc_high, self.val_count)):
            if count:
                rows.append([f"{name} accuracy", f"{percent(acc)} of {count} images (95 % interval {percent(low)} to {percent(high)})"])
        rows.append(["training", f"{self.epochs} epochs in {self.time_s:.1f} s, {self.images_per_s:,.0f} images/s; "
                                 f"the weights of epoch {self.best_epoch} are kept"])
        return rows

    def __str__(self) -> str:
        return "\n".join(f"{name:20} {value}" for name, value in self._rows())

    def _repr_html_(self) -> str:
        return _html.table(["result", ""], self._rows(), 2)


@dataclass(frozen=True)
class ClassMetrics:
    """The figures of one class: `count` images are of the class, `predicted` were predicted as it. A ratio without a denominator is nan."""
    name: str
    count: int
    predicted: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Metrics:
    """The result of an evaluation. Accuracies are from 0 to 1.

    count, skipped, damaged     images evaluated, images that could not be read, damaged images that were used anyway
    loss, acc                   mean cross-entropy and top-1 accuracy
    acc_low, acc_high           95 % interval of acc (Wilson, 1927)
    top5                        share of images whose class is among the 5 most probable; nan below 5 classes
    balanced_acc                mean recall over the classes that have images
    majority                    accuracy of always predicting the largest class
    auc, auc_low, auc_high      for 2 classes the area under the ROC curve and its 95 % interval (DeLong et al., 1988); else nan
    temperature, ece            the model's temperature, and the expected calibration error of its probabilities
    classes                     the class names
    confusion                   int64 [classes, classes], rows true, columns predicted
    per_class                   a ClassMetrics for each class
    """
    count: int
    skipped: int
    damaged: int
    loss: float
    acc: float
    acc_low: float
    acc_high: float
    top5: float
    balanced_acc: float
    majority: float
    auc: float
    auc_low: float
    auc_high: float
    temperature: float
    ece: float
    classes: list[str]
    confusion: npt.NDArray[np.int64] = field(repr=False)
    per_class: list[ClassMetrics] = field(repr=False)

    @classmethod
    def _of(cls, found: Any, names: list[str]) -> Metrics:
        per_class = []
        for label, name in enumerate(names):
            row = lib().linnet_metrics_class(ctypes.byref(found), label)
            per_class.append(ClassMetrics(name, row.count, row.predicted, row.precision, row.recall, row.f1))
        plain = {name: getattr(found, name) for name in cls.__dataclass_fields__
                 if name not in ("classes", "confusion", "per_class")}
        return cls(**plain, classes=names, confusion=copy_of(found.confusion, (len(names), len(names))), per_class=per_class)

    def _rows(self) -> list[list[object]]:
        rows: list[list[object]] = [
            ["accuracy", f"{percent(self.acc)} (95 % interval {percent(self.acc_low)} to {percent(self.acc_high)})"],
            ["images", f"{self.count}" + (f", {self.skipped} could not be read" if self.skipped else "")],
            ["loss", f"{self.loss:.4f}"], ["balanced accuracy", percent(self.balanced_acc)],
            ["always the largest class", percent(self.majority)]]
        if not math.isnan(self.auc):
            rows.append(["area under the ROC curve", f"{self.auc:.4f}"])
        rows.append(["calibration error", f"{self.ece:.4f}"])
        return rows

    def __str__(self) -> str:
        lines = [f"{name:26} {value}" for name, value in self._rows()]
        width = max(5, *(len(row.name) for row in self.per_class)) if self.per_class else 5
        lines += ["", f"{'class':{width}}  images  precision    recall        F1"]
        lines += [f"{row.name:{width}}  {row.count:6}  {percent(row.precision):>9} {percent(row.recall):>9} {percent(row.f1):>9}"
                  for row in self.per_class]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        per_class = _html.table(["class", "images", "precision", "recall", "F1"],
                                [[row.name, row.count, percent(row.precision), percent(row.recall), percent(row.f1)]
                                 for row in self.per_class])
        return _html.side_by_side(_html.table(["", ""], self._rows(), 2), per_class, self._confusion_html())

    def _confusion_html(self) -> str:
        if len(self.classes) > 30:
            return ""
        head = "".join(f"<th>{_html.escape(name)}</th>" for name in self.classes)
        rows = []
        for label, name in enumerate(self.classes):
            total = max(1, int(self.confusion[label].sum()))
            cells = "".join(
                f'<td style="text-align:right;background:{"#0072b2" if label == other else "#d55e00"}{int(200 * count / total):02x}">{count}</td>'
                for other, count in enumerate(self.confusion[label].tolist()))
            rows.append(f"<tr><th>{_html.escape(name)}</th>{cells}</tr>")
        return f"<table><tr><th>true \\ predicted</th>{head}</tr>{''.join(rows)}</table>"


# ---- prediction --------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Prediction:
    """The prediction for one image.

    index, path             number of the input, from 0; its path, None for bytes and arrays
    label, name             the most probable class: index into `classes`, and name
    probability             of that class, 0 to 1
    probabilities, logits   float32 [classes]; probabilities are softmax(logits / temperature)
    classes                 the class names
    width, height           of the image, upright
    energy                  -T log(sum(exp(logits / T))), T the temperature: the higher, the more the image is unlike the training images
    unknown                 True if the energy is above that of 95 % of the validation images
    features                float32 [features], the input of the last layer with weights; None unless requested
    picture                 uint8 [height, width, 3], the image reduced in size, or None; Model.predict fills it for up to 32 images
    error                   the exception if the image cannot be predicted: then label is -1, name "" and the arrays are empty; else None
    """
    index: int
    path: str | None
    label: int
    name: str
    probability: float
    probabilities: npt.NDArray[np.float32] = field(repr=False)
    logits: npt.NDArray[np.float32] = field(repr=False)
    classes: list[str] = field(repr=False)
    width: int = field(repr=False)
    height: int = field(repr=False)
    energy: float = field(repr=False)
    unknown: bool = False
    features: npt.NDArray[np.float32] | None = field(default=None, repr=False)
    picture: npt.NDArray[np.uint8] | None = field(default=None, repr=False)
    error: LinnetError | None = None

    @classmethod
    def _of(cls, p: Any, names: list[str], error: LinnetError | None) -> Prediction:
        empty = copy_of(p.logits, (0,))
        path = text(p.path) if p.path is not None else None
        if error is not None:
            return cls(p.index, path, -1, "", 0.0, empty, empty, names, 0, 0, math.nan, error=error)
        label = p.order[0]
        probabilities = copy_of(p.probabilities, (p.classes,))
        return cls(p.index, path, label, names[label], float(probabilities[label]), probabilities, copy_of(p.logits, (p.classes,)),
                   names, p.width, p.height, p.energy, p.unknown,
                   copy_of(p.features, (p.feature_count,)) if p.features else None,
                   copy_of(p.picture, (p.picture_height, p.picture_width, 3)) if p.picture else None)

    def top(self, count: int = 5) -> list[tuple[str, float]]:
        """(name, probability) of the `count` most probable classes, the most probable first."""
        order = (-self.probabilities).argsort(kind="stable")[:count]
        return [(self.classes[label], float(self.probabilities[label])) for label in order]

    def __str__(self) -> str:
        if self.error is not None:
            return f"{self.error}"
        where = f"{self.path}: " if self.path else ""
        return where + ", ".join(f"{name} {percent(share)}" for name, share in self.top(3)) + (" (unknown)" if self.unknown else "")

    def _repr_html_(self) -> str:
        if self.error is not None:
            return f"<pre>{_html.escape(self.error)}</pre>"
        names, shares = zip(*self.top())
        shown = _html.picture(self.picture, max(96, self.picture.shape[1]), self.path or "") if self.picture is not None else ""
        unknown = "<br>unlike the images of the training" if self.unknown else ""
        return _html.side_by_side(shown, f"{_html.escape(self.path or '')}{_html.bars(names, shares)}{unknown}")


class Predictions(list["Prediction"]):
    """A list of Prediction, which a notebook shows as a table of at most 100 rows."""

    def _repr_html_(self) -> str:
        rows = [[p.path or p.index, p.name or f"{p.error}", percent(p.probability) if p.error is None else ""] for p in self[:100]]
        more = f"and {len(self) - 100} more" if len(self) > 100 else ""
        return _html.table(["image", "class", "probability"], rows, 2) + more


# ---- explanation -------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Explanation:
    """A map of the parts of an image that support a class.

    index, path                 number of the input, from 0; its path, None for bytes and arrays
    target, name                label and name of the explained class
    predicted, predicted_name   label and name of the most probable class
    logit, probability          of the explained class
    method, layer               "gradcam", "hirescam", "layercam" or "occlusion"; the layer's name, None for occlusion
    map                         float32 [map height, map width], unscaled, in the layer's own size
    picture                     uint8 [height, width, 3], the whole image, upright
    overlay                     uint8 [height, width, 3], the picture in grey under the map's colours
    box                         (left, top, right, bottom) of the map in the picture, in pixels; padding extends it beyond the picture
    """
    index: int
    path: str | None
    target: int
    name: str
    predicted: int
    predicted_name: str
    logit: float
    probability: float
    method: str
    layer: str | None
    map: npt.NDArray[np.float32] = field(repr=False)
    picture: npt.NDArray[np.uint8] = field(repr=False)
    overlay: npt.NDArray[np.uint8] = field(repr=False)
    box: tuple[float, float, float, float] = field(repr=False)

    @classmethod
    def _of(cls, e: Any, names: list[str]) -> Explanation:
        import numpy as np
        overlay = np.zeros((e.height, e.width, 3), np.uint8)
        check(lib().linnet_explanation_overlay(ctypes.byref(e), e.width, e.height,
                                               overlay.ctypes.data_as(ctypes.POINTER(ctypes.c_ubyte))))
        return cls(e.index, text(e.path) if e.path is not None else None, e.target, names[e.target], e.predicted, names[e.predicted],
                   e.logit, e.probability, text(e.method), text(e.layer) if e.layer is not None else None,
                   copy_of(e.map, (e.map_height, e.map_width)), copy_of(e.picture, (e.height, e.width, 3)), overlay,
                   (e.left, e.top, e.right, e.bottom))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the overlay as a PNG file. Raises OSError."""
        with open(path, "wb") as out:
            out.write(_html.png(self.overlay))

    def __str__(self) -> str:
        return f"{self.name} {percent(self.probability)} by {self.method}" + (f" of {self.layer}" if self.layer else "")

    def _repr_html_(self) -> str:
        width = min(320, self.picture.shape[1] if self.picture.shape[1] > 96 else 160)
        return f"{_html.escape(self)}<br>" + _html.side_by_side(_html.picture(self.picture, width), _html.picture(self.overlay, width))


# ---- features ----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Embedding:
    """The features of a data set's images. Images that could not be read are left out; `skipped` counts them.

    features   float32 [images, features]: the input of the last layer with weights
    labels     int32 [images]: indices into `classes`
    paths      relative to the data
    numbers    int64 [images], for Data.image and Data.sample
    parts      "train", "val", "test", or "" for an image in no part
    places     float64 [images, 2]: the first two principal components of the features
    shares     the share of the total variance that each of the two explains
    classes    the class names
    """
    features: npt.NDArray[np.float32] = field(repr=False)
    labels: npt.NDArray[np.int32] = field(repr=False)
    paths: list[str] = field(repr=False)
    numbers: npt.NDArray[np.int64] = field(repr=False)
    parts: list[str] = field(repr=False)
    places: npt.NDArray[np.float64] = field(repr=False)
    shares: tuple[float, float]
    classes: list[str]
    skipped: int = 0

    @classmethod
    def _of(cls, found: Any, names: list[str], parts: dict[int, str]) -> Embedding:
        import numpy as np
        count = found.contents.count
        images = [found.contents.images[i] for i in range(count)]
        places, shares = np.zeros((count, 2)), np.zeros(2)
        as_double = ctypes.POINTER(ctypes.c_double)
        check(lib().linnet_embedding_map(found, places.ctypes.data_as(as_double), shares.ctypes.data_as(as_double)))
        return cls(copy_of(found.contents.features, (count, found.contents.feature_count)), np.array([i.label for i in images], np.int32),
                   [text(i.path) for i in images], np.array([i.sample for i in images], np.int64),
                   [parts.get(i.part, "") for i in images], places, (float(shares[0]), float(shares[1])), names, found.contents.skipped)

    def __len__(self) -> int:
        return len(self.paths)

    def nearest(self, features: npt.NDArray[np.float32], count: int = 5) -> list[tuple[str, float]]:
        """(path, cosine) of the `count` images that are most similar to `features`, float32 [features]; the most similar first."""
        import numpy as np
        own = self.features.astype(np.float64)
        lengths = np.linalg.norm(own, axis=1) * np.linalg.norm(features.astype(np.float64))
        cosines = own @ features.astype(np.float64) / np.where(lengths == 0, 1, lengths)
        return [(self.paths[i], float(cosines[i])) for i in (-cosines).argsort(kind="stable")[:count]]

    def draw(self, path: str | os.PathLike[str], title: str | None = None) -> None:
        """Draws the images as points into a PNG file: their places, in the colours of their classes. Raises FileError."""
        import numpy as np
        struct = _abi.linnet_map_opts()
        names = (ctypes.c_char_p * len(self.classes))(*[os.fsencode(name) for name in self.classes])
        places, labels = np.ascontiguousarray(self.places), np.ascontiguousarray(self.labels, np.intc)
        struct.size, struct.count, struct.classes = ctypes.sizeof(struct), len(self), len(self.classes)
        struct.places = places.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
        struct.labels = labels.ctypes.data_as(ctypes.POINTER(ctypes.c_int))
        struct.class_names = ctypes.cast(names, ctypes.POINTER(ctypes.c_char_p))
        struct.title = None if title is None else title.encode()
        check(lib().linnet_draw_map(path_bytes(path), ctypes.byref(struct)))
