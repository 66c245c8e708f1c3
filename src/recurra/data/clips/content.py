"""What clips hold, as checksums, so that copies are found and nothing is decoded twice."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.clips.image_folder import images
from recurra.data.files.fingerprint import fingerprint
from recurra.data.files.regular_file import open_regular

_BLOCK = 1 << 20  # bytes that are read at once


def checksum(source: Any) -> str:
    """The SHA-256 of what a clip is kept in: a file, the images of a folder in their order, or an array.

    Raises:
        DataError: it cannot be read.
    """
    if isinstance(source, np.ndarray):
        return fingerprint(source)
    if source.is_dir():
        return fingerprint([_of_file(path) for path in images(source)])
    return _of_file(source)


def _of_file(path: Path) -> str:
    digest = hashlib.sha256()
    file, _ = open_regular(path, "a file")
    with file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
