"""Folders of images: a clip whose frames are files, in the order that people count in."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from recurra.data.clips import image_file
from recurra.data.clips.frame import SourceFrame
from recurra.data.clips.image_size import resize
from recurra.data.files.folder import files
from recurra.errors import DataError


def images(folder: Path) -> list[Path]:
    """The images in a folder, `frame_2.png` before `frame_10.png`."""
    return sorted(files(folder, image_file.ENDINGS), key=lambda path: natural_order(path.name))


def natural_order(name: str) -> list[tuple[int, str]]:
    """What names are sorted by so that their numbers count as numbers."""
    parts = re.split(r"([0-9]+)", name)
    return [(int(part), part) if i % 2 else (0, part) for i, part in enumerate(parts)]


def frames(folder: Path, rate: float) -> Iterator[SourceFrame]:
    """Read the images of a folder as the frames of a clip.

    Args:
        folder: of images, which may differ in size.
        rate: frames a second.

    Raises:
        DataError: there is no image, or a broken one.
    """
    paths = images(folder)
    if not paths:
        raise DataError(f"{folder}: expected images ({', '.join(image_file.ENDINGS)}), found none")
    for i, path in enumerate(paths):
        yield SourceFrame(partial(resize, image_file.read(path)), i / rate, 1 / rate)
