"""Images to predict or explain: converts paths, encoded files in memory, numpy arrays and PIL images to struct linnet_input."""
from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Union

from . import _abi

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image as PilImage

    Image = Union[str, os.PathLike[str], bytes, bytearray, memoryview, npt.NDArray[np.uint8], PilImage]


def is_one(image: object) -> bool:
    """True for one image, False for several and for a folder. An array of four dimensions is a batch."""
    if isinstance(image, (str, os.PathLike)):
        return not os.path.isdir(image)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return True
    if hasattr(image, "ndim"):
        return int(image.ndim) < 4
    return hasattr(image, "convert") or not isinstance(image, Iterable)


def folder_files(path: str) -> list[str]:
    """The files in a folder and its sub-folders, without hidden ones. Each folder is listed in byte order."""
    found: list[str] = []
    for entry in sorted(os.scandir(path), key=lambda e: os.fsencode(e.name)):
        if entry.name.startswith("."):
            continue
        found += folder_files(entry.path) if entry.is_dir() else [entry.path]
    return found


def many(images: Any) -> list[Any]:
    """The argument as a list of images: one image, the files of a folder, a batch, or any iterable of images."""
    if is_one(images):
        return [images]
    return list(folder_files(os.fspath(images)) if isinstance(images, (str, os.PathLike)) else images)


class Inputs:
    """An array of struct linnet_input for these images, and the memory that it points to."""

    def __init__(self, images: list[Any]) -> None:
        self.images = images
        self._alive: list[object] = []
        self.array = (_abi.linnet_input * max(1, len(images)))()
        for place, image in zip(self.array, images):
            self._put(place, image)

    def __len__(self) -> int:
        return len(self.images)

    def _put(self, place: Any, image: Any) -> None:
        if isinstance(image, (str, os.PathLike)):
            place.path = os.fsencode(image)
        elif isinstance(image, (bytes, bytearray, memoryview)):
            self._put_bytes(place, bytes(image))
        else:
            self._put_pixels(place, pixels(image))

    def _put_bytes(self, place: Any, encoded: bytes) -> None:
        self._alive.append(encoded)
        place.bytes = ctypes.cast(ctypes.c_char_p(encoded), ctypes.c_void_p)
        place.byte_count = len(encoded)

    def _put_pixels(self, place: Any, rgb: npt.NDArray[np.uint8]) -> None:
        self._alive.append(rgb)
        place.pixels = rgb.ctypes.data_as(ctypes.POINTER(ctypes.c_ubyte))
        place.height, place.width = rgb.shape[:2]
        place.stride = rgb.strides[0]


def pixels(image: Any) -> npt.NDArray[np.uint8]:
    """Converts an array or a PIL image to uint8 [height, width, 3] RGB with contiguous rows.

    An array is uint8 [height, width], [height, width, 1], [height, width, 3] RGB or [height, width, 4] RGBA, whose alpha is ignored.
    A PIL image is first turned upright by its EXIF orientation, as a file is. TypeError for another type, ValueError for another shape.
    """
    import numpy as np
    if hasattr(image, "convert") and hasattr(image, "getexif"):
        from PIL import ImageOps
        image = (ImageOps.exif_transpose(image) or image).convert("RGB")
    elif not hasattr(image, "__array__"):
        raise TypeError(f"an image is a path, bytes, a numpy array or a PIL image, not {type(image).__name__}")
    array = np.asarray(image)
    if array.dtype != np.uint8:
        raise TypeError(f"an array of {array.dtype}; pixels are uint8 from 0 to 255: for floats from 0 to 1, "
                        "(255 * image).round().astype('uint8')")
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4):
        raise ValueError(f"an array of shape {array.shape}; pixels are [height, width], [height, width, 1], [height, width, 3] or "
                         "[height, width, 4]")
    if array.shape[2] == 1:
        array = np.repeat(array, 3, 2)
    # The library takes any distance between rows, so a crop of a larger picture is not copied.
    rgb = array[:, :, :3]
    whole_rows = rgb.strides[1:] == (3, 1) and rgb.strides[0] >= 3 * rgb.shape[1]
    return rgb if whole_rows else np.ascontiguousarray(rgb)
