"""Data sets: linnet.Data, and what linnet.Data.check finds."""
from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import _abi, _html
from ._library import check, lib, path_bytes, text
from ._options import fill, opts
from ._stop import Stop

if TYPE_CHECKING:
    from typing_extensions import Unpack

    import numpy as np
    import numpy.typing as npt

    from ._keywords import DataOptions

PARTS = {"train": _abi.TRAIN, "val": _abi.VAL, "test": _abi.TEST}
PART_NAMES = {number: name for name, number in PARTS.items()}


def part_number(part: str | None) -> int:
    """The number of "train", "val" or "test"; for None, the library's default. ValueError for another name."""
    if part is None:
        return _abi.PART_DEFAULT
    if part not in PARTS:
        raise ValueError(f"part is {part!r}; expected 'train', 'val' or 'test'")
    return PARTS[part]


@dataclass(frozen=True)
class Sample:
    """One image of a data set, without its pixels.

    `number` counts from 0, `path` is relative to the data, `label` is an index into the classes and `name` the class. `part` is "train",
    "val" or "test", or None for an image in no part.
    """
    number: int
    path: str
    label: int
    name: str
    part: str | None


class Data:
    """Labelled images in three parts: train, val and test.

    `path` is a folder with one sub-folder per class; a folder with train, val and test in it; a flat folder whose file names begin
    with the class; a CSV of path and label; or a folder of IDX or CIFAR files.

    Data without parts is split at random into 80, 10 and 10 percent for train, val and test. `split` gives other numbers, in percent or
    in images: split="400,92,10", seed=42 (default 0). Data with only a training and a test part has no validation part, unless you give
    hold_out=5: the percentage of the training images to validate on. linnet.train(path) holds out 5 % by default.

        data = linnet.Data("photos")
        data.classes                 # ['cat', 'dog']
        data.image(0)                # uint8 [height, width, 3]

    Raises InputError for data that is missing, damaged or of no known layout, UsageError for a split that is impossible, TypeError for an
    unknown option. A Data object may be used from several threads.
    """

    def __init__(self, path: str | os.PathLike[str], **options: Unpack[DataOptions]) -> None:
        struct = fill("data", options, "Data")
        with Stop() as stop:
            struct.stop = stop.pointer
            handle = ctypes.c_void_p()
            check(lib().linnet_data_open(ctypes.byref(handle), path_bytes(path), ctypes.byref(struct)))
        self._own(handle, struct)

    def _own(self, handle: ctypes.c_void_p, struct: Any) -> None:
        self._struct = struct  # holds the address of the flag that stops a call
        self._handle: ctypes.c_void_p | None = handle
        self._lock = threading.RLock()
        self._numbers: dict[str, npt.NDArray[np.int64]] = {}
        self._part_codes: npt.NDArray[np.int8] | None = None

    @classmethod
    def _of_handle(cls, handle: ctypes.c_void_p, struct: Any = None) -> Data:
        data = cls.__new__(cls)
        data._own(handle, struct)
        return data

    @classmethod
    def of_run(cls, run: str | os.PathLike[str], path: str | os.PathLike[str] | None = None, **options: Unpack[DataOptions]) -> Data:
        """The data that a run was trained on, with the run's parts. Options that are given replace the run's.

        `run` is a run folder or a model file in one. `path` is the run's data under another name, which keeps the run's parts, or
        other data, which is opened as by Data(path). Raises InputError if `path` is None and `run` has no args.json.
        """
        struct = fill("data", options, "Data.of_run")
        handle = ctypes.c_void_p()
        check(lib().linnet_data_open_run(ctypes.byref(handle), path_bytes(run), None if path is None else path_bytes(path),
                                         ctypes.byref(struct)))
        return cls._of_handle(handle)

    @property
    def handle(self) -> ctypes.c_void_p:
        """The linnet_data *, for direct calls of the C library. ValueError after close()."""
        if self._handle is None:
            raise ValueError("the data is closed")
        return self._handle

    def close(self) -> None:
        """Frees the data set. Further uses raise ValueError."""
        handle, self._handle = getattr(self, "_handle", None), None
        if handle is not None:
            lib().linnet_data_close(handle)

    def __del__(self) -> None:
        self.close()

    def __enter__(self) -> Data:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # ---- contents

    @property
    def path(self) -> str:
        return text(lib().linnet_data_path(self.handle))

    @property
    def classes(self) -> list[str]:
        """The class names; a label is an index into them."""
        return [text(lib().linnet_data_class_name(self.handle, label)) for label in range(lib().linnet_data_classes(self.handle))]

    @property
    def channels(self) -> int:
        """1: every image is grey; 3: colour."""
        return int(lib().linnet_data_channels(self.handle))

    @property
    def counts(self) -> dict[str, int]:
        """The number of images of each part: {"train": 400, "val": 92, "test": 10}."""
        return {name: len(self.numbers(name)) for name in PARTS}

    @property
    def watches_test(self) -> bool:
        """True if there is no validation part. Training then reports the test part after each epoch, and keeps the last weights."""
        return bool(lib().linnet_data_watches_test(self.handle))

    @property
    def class_counts(self) -> npt.NDArray[np.int64]:
        """Images by class and part, int64 [classes, 4]: in no part, train, val, test."""
        import numpy as np
        out = np.zeros((lib().linnet_data_classes(self.handle), _abi.TEST + 1), np.int64)
        lib().linnet_data_class_counts(self.handle, out.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)))
        return out

    @property
    def has_parts(self) -> bool:
        """True if the data itself assigns its images to parts, so that no split was drawn."""
        return bool(lib().linnet_data_has_parts(self.handle))

    def __len__(self) -> int:
        """The number of images, those in no part included."""
        return int(self.class_counts.sum())

    def numbers(self, part: str) -> npt.NDArray[np.int64]:
        """The numbers of a part's images, for image() and sample(): int64 [count], in the part's order. ValueError for another part."""
        import numpy as np
        if part not in self._numbers:
            # Without a validation part, the library's "val" is an alias of the test part; here it is empty.
            count = 0 if part == "val" and self.watches_test else int(lib().linnet_data_count(self.handle, part_number(part)))
            out = np.zeros(count, np.int64)
            if len(out):
                check(lib().linnet_data_samples(self.handle, part_number(part), out.ctypes.data_as(ctypes.POINTER(ctypes.c_int64))))
            self._numbers[part] = out
        return self._numbers[part]

    def sample(self, number: int) -> Sample:
        """Path, label and part of image `number`, from 0. Raises UsageError if there is no such image."""
        name = ctypes.create_string_buffer(8192)
        check(lib().linnet_data_name(self.handle, number, name, len(name)))
        label = int(lib().linnet_data_label(self.handle, number))
        return Sample(number, text(name.value), label, text(lib().linnet_data_class_name(self.handle, label)), self._part_of(number))

    def _part_of(self, number: int) -> str | None:
        import numpy as np
        if self._part_codes is None:
            self._part_codes = np.zeros(len(self), np.int8)
            for name in PARTS:
                self._part_codes[self.numbers(name)] = PARTS[name]
        return PART_NAMES.get(int(self._part_codes[number]))

    def samples(self, part: str) -> list[Sample]:
        """The images of a part, in the order of the part."""
        return [self.sample(int(number)) for number in self.numbers(part)]

    def image(self, number: int, side: int = 0) -> npt.NDArray[np.uint8]:
        """Image `number`, upright, as uint8 [height, width, 3] RGB. side: reduces it to at most this width and height; 0: full size.

        Raises InputError or FileError for an image that cannot be read, UsageError if there is no such image.
        """
        import numpy as np
        out = ctypes.POINTER(_abi.linnet_image)()
        check(lib().linnet_data_image(ctypes.byref(out), self.handle, number, side))
        try:
            image = out.contents
            return np.ctypeslib.as_array(image.pixels, (image.height, image.width, 3)).copy()
        finally:
            lib().linnet_image_free(out)

    def __getitem__(self, number: int) -> tuple[npt.NDArray[np.uint8], int]:
        """(pixels, label) of image `number`, from 0: uint8 [height, width, 3], int. IndexError if there is no such image."""
        if not 0 <= number < len(self):
            raise IndexError(f"there is no image {number}; there are {len(self)}")
        return self.image(number), int(lib().linnet_data_label(self.handle, number))

    def __iter__(self) -> Iterator[tuple[npt.NDArray[np.uint8], int]]:
        return (self[number] for number in range(len(self)))

    def save_split(self, path: str | os.PathLike[str]) -> None:
        """Writes the parts as CSV (path,class,part), for Data(..., split_file=path). Raises FileError."""
        check(lib().linnet_data_save_split(self.handle, path_bytes(path)))

    def check(self, threads: int = 0) -> Check:
        """Reads every image. Finds unreadable and blank images, and duplicates, also those across parts or classes.

        threads: 0: all that this process may use. Raises LimitError, Interrupted.
        """
        struct = opts("check")
        struct.threads = threads
        out = ctypes.POINTER(_abi.linnet_check)()
        with self._lock, Stop() as stop:
            struct.stop = stop.pointer
            check(lib().linnet_data_check(ctypes.byref(out), self.handle, ctypes.byref(struct)))
        try:
            return Check._of(out.contents)
        finally:
            lib().linnet_check_free(out)

    # ---- display

    def __repr__(self) -> str:
        if self._handle is None:
            return "<linnet.Data, closed>"
        counts = ", ".join(f"{count:,} {name}" for name, count in self.counts.items() if count)
        return f"<linnet.Data {self.path!r}: {len(self.classes)} classes; {counts}>"

    def _repr_html_(self) -> str:
        counts = self.class_counts
        rows = [[name, *counts[label, 1:].tolist()] for label, name in enumerate(self.classes[:30])]
        rows.append(["all", *self.counts.values()])
        return (f"<b>{_html.escape(self.path)}</b>, {'grey' if self.channels == 1 else 'colour'}"
                + _html.side_by_side(_html.table(["class", "train", "val", "test"], rows), self.show()._repr_html_()))

    def show(self, part: str = "train", count: int = 12, side: int = 96) -> Pictures:
        """The first `count` images of a part with their classes, for a notebook. Images that cannot be read are left out."""
        from .errors import LinnetError
        cells = []
        for number in self.numbers(part)[:count]:
            try:
                cells.append((self.image(int(number), side), self.sample(int(number)).name))
            except LinnetError:
                continue
        return Pictures(cells, side)


@dataclass(frozen=True)
class Pictures:
    """Pictures with titles, for a notebook: (uint8 [height, width, 3], title). `side` is their width on the page in pixels."""
    cells: list[tuple[npt.NDArray[np.uint8], str]]
    side: int = 96

    def __repr__(self) -> str:
        return f"<linnet.Pictures: {', '.join(title for _, title in self.cells)}>"

    def _repr_html_(self) -> str:
        return _html.side_by_side(*(f'<div style="width:{self.side}px;font-size:12px">{_html.picture(pixels, self.side, title)}'
                                    f"<br>{_html.escape(title)}</div>" for pixels, title in self.cells))


@dataclass(frozen=True)
class BadImage:
    """An image that cannot be read: its path, and the code and text of the error."""
    path: str
    code: str
    error: str


@dataclass(frozen=True)
class DuplicateGroup:
    """Images that are identical or near-identical to each other.

    `identical` is True if all of them are, byte by byte; `across_classes` if they have two or more labels; `across_parts` if they are in
    two or more of train, val and test.
    """
    paths: list[str]
    identical: bool
    across_classes: bool
    across_parts: bool


@dataclass(frozen=True)
class Check:
    """What Data.check found.

    images, readable   numbers of images
    bad, blank         images that cannot be read, and paths of images of (nearly) one colour
    duplicates         groups of identical or near-identical images
    leaked             {"val": count, "test": count} of images that have a duplicate in train
    redundant          images that have a duplicate before them
    formats            the number of readable images of each file format
    width, height      (smallest, median, largest) of the readable images, in pixels
    """
    images: int
    readable: int
    bad: list[BadImage] = field(repr=False)
    blank: list[str] = field(repr=False)
    duplicates: list[DuplicateGroup] = field(repr=False)
    leaked: dict[str, int]
    redundant: int
    formats: dict[str, int]
    width: tuple[float, float, float]
    height: tuple[float, float, float]

    @classmethod
    def _of(cls, found: Any) -> Check:
        def images(group: Any) -> list[str]:
            return [text(group.images[i].image.path) for i in range(group.count)]

        def span(numbers: Any) -> tuple[float, float, float]:
            return numbers.min, numbers.median, numbers.max
        bad = [found.bad[i] for i in range(found.bad_count)]
        groups = [found.groups[i] for i in range(found.group_count)]
        return cls(found.images, found.readable, [BadImage(text(b.image.path), text(b.code), text(b.error)) for b in bad],
                   [text(found.blank[i].path) for i in range(found.blank_count)],
                   [DuplicateGroup(images(g), g.identical, g.across_classes, g.across_parts) for g in groups],
                   {name: found.leaked[PARTS[name]] for name in ("val", "test")}, found.redundant,
                   {text(found.formats[i].name): found.formats[i].count for i in range(found.format_count)},
                   span(found.width), span(found.height))

    def _repr_html_(self) -> str:
        rows: list[list[object]] = [["images", self.images], ["unreadable", len(self.bad)], ["blank", len(self.blank)],
                                    ["groups of duplicates", len(self.duplicates)],
                                    ["in val or test, with a duplicate in train", sum(self.leaked.values())]]
        bad = _html.table(["image", "why it cannot be read"], [[b.path, b.error] for b in self.bad[:20]], 2) if self.bad else ""
        return _html.side_by_side(_html.table(["found", "count"], rows), bad)
