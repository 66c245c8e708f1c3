"""Arrays in the idx files of MNIST (LeCun et al., 1998), gzipped or not."""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.files.folder import ending
from recurra.errors import DataError

_BYTES = 0x08  # the only kind of number in MNIST's files
_LARGEST = 1 << 31  # bytes


def _content(file: Any) -> bytes:
    """Read a stream, but not far beyond the largest size."""
    blocks = []
    size = 0
    while size <= _LARGEST and (block := file.read(1 << 20)):
        blocks.append(block)
        size += len(block)
    return b"".join(blocks)


def read(path: Path) -> np.ndarray:
    """Read an idx file of unsigned bytes.

    Raises:
        DataError: it is no such file, is cut short or broken.
    """
    try:
        with gzip.open(path) if ending(path) == ".gz" else path.open("rb") as file:
            content = _content(file)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: expected an idx file, gzipped where it ends in .gz, got: {reason}") from None
    if len(content) > _LARGEST:
        raise DataError(f"{path}: expected at most {_LARGEST:,} bytes, got more")
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != _BYTES:
        raise DataError(f"{path}: expected an idx file of bytes, which begins 00 00 08, got {content[:4].hex(' ')}")
    start = 4 + 4 * content[3]
    if not 1 <= content[3] <= 8 or len(content) < start:
        raise DataError(f"{path}: expected 1 to 8 sizes in the header, {content[3]} are announced, got a shorter file")
    shape = struct.unpack(f">{content[3]}I", content[4:start])
    if len(content) - start != math.prod(shape):
        raise DataError(f"{path}: expected {math.prod(shape)} bytes for shape {shape}, got {len(content) - start}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
