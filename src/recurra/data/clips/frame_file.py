"""The sampled frames of one clip in a file: written as they come, mapped to memory when they are read."""

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from recurra.data.clips.frame import Frame
from recurra.data.files import atomic
from recurra.data.files.mapped_array import MappedArray


@dataclass(frozen=True)
class StoredFrames:
    """The sampled frames of a clip.

    images: (T, H, W, 3) uint8, mapped to memory.
    sources: which frame of the source each is, (T,), from 0.
    """

    images: np.ndarray
    sources: np.ndarray


def write(path: Path, frames: Iterable[Frame], size: tuple[int, int]) -> None:
    """Write frames whole, or nothing: two .npy files behind each other, the images and which frame each was.

    Args:
        path: the file.
        frames: at least one; read one by one.
        size: the height and the width of their images.

    Raises:
        DataError: there is no room, or whatever `frames` raises.
    """
    sources = list[int]()
    with atomic.replacing(path) as aside, aside.open("wb") as file:
        _write_header(file, (0, *size, 3))
        for frame in frames:
            file.write(frame.image.data if frame.image.flags.c_contiguous else frame.image.tobytes())
            sources.append(frame.source)
        np.save(file, np.asarray(sources, np.int32))
        file.seek(0)
        _write_header(file, (len(sources), *size, 3))  # as long as the first: NumPy leaves room for the digits


def _write_header(file: BinaryIO, shape: tuple[int, ...]) -> None:
    header: dict[str, Any] = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)


def read(path: Path) -> StoredFrames | None:
    """Open what `write` has written; None where it is not there, or not whole."""
    try:
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            offset = file.tell()
            file.seek(math.prod(shape), os.SEEK_CUR)
            sources = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if dtype != np.uint8 or len(shape) != 4 or sources.shape != shape[:1]:
        return None
    return StoredFrames(MappedArray.open(path, dtype, offset, shape, "C"), sources)
