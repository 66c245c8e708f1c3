"""Strips: all frames of a clip side by side in one image."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from recurra.data.clips import image_file
from recurra.data.clips.frame import SourceFrame
from recurra.data.clips.image_size import resize
from recurra.errors import DataError


def frames(path: Path, rate: float) -> Iterator[SourceFrame]:
    """Read the frames of a strip, which are square: it is a multiple of its height wide.

    Args:
        path: an image.
        rate: frames a second.

    Raises:
        DataError: it is no image, or no strip.
    """
    image = image_file.read(path)
    side, width = image.shape[:2]
    if width % side:
        raise DataError(f"{path}: expected frames of {side} x {side} pixels side by side, got a width of {width:,}")
    for i in range(width // side):
        frame = image[:, i * side : (i + 1) * side]
        yield SourceFrame(partial(resize, frame), i / rate, 1 / rate)
