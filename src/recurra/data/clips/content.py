"""What clips hold, as checksums, so that copies are found and nothing is decoded twice."""

from typing import Any

import numpy as np

from recurra.data.clips.image_folder import images
from recurra.data.files.fingerprint import file_sha256, fingerprint


def checksum(source: Any) -> str:
    """The SHA-256 of what a clip is kept in: a file, the images of a folder in their order, or an array.

    Raises:
        DataError: it cannot be read.
    """
    if isinstance(source, np.ndarray):
        return fingerprint(source)
    if source.is_dir():
        return fingerprint([file_sha256(path, "a file") for path in images(source)])
    return file_sha256(source, "a file")
