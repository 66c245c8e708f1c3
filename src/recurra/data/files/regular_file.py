"""Files that may be anything: opened only where they are regular ones, read only up to a size."""

import json
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

from recurra.errors import DataError

_LIMIT = 256 << 20  # bytes of a file that is read whole


def open_regular(path: Path, what: str) -> tuple[BinaryIO, int]:
    """Open a file; give it and its size in bytes.

    Args:
        path: the file.
        what: what it should be, for errors.

    Raises:
        DataError: it is not there, is a folder, a pipe or a device, or cannot be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise DataError(f"{path}: expected {what}, found nothing there") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: expected {what}, got: {getattr(error, 'strerror', error)}") from None
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise DataError(f"{path}: expected {what}, got {_kind(status.st_mode)}")
    return os.fdopen(handle, "rb"), status.st_size


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device"


def read_bytes(path: Path, what: str, limit: int = _LIMIT) -> bytes:
    """Read a file whole.

    Raises:
        DataError: as of `open_regular`; or the file is larger than `limit` bytes.
    """
    file, size = open_regular(path, what)
    with file:
        if size > limit:
            raise DataError(f"{path}: expected {what} of at most {limit:,} bytes, got {size:,}")
        content = file.read(limit + 1)  # it may grow meanwhile
    if len(content) > limit:
        raise DataError(f"{path}: expected {what} of at most {limit:,} bytes, got more")
    return content


def read_json(path: Path, what: str, limit: int = _LIMIT) -> Any:
    """Read a JSON file.

    Raises:
        DataError: as of `read_bytes`; or the file is not JSON, nests too deeply, or has NaN or infinity in it.
    """
    return parse_json(read_bytes(path, what, limit), path, what)


def parse_json(content: bytes, path: Path, what: str, finite: bool = True) -> Any:
    """Read JSON from bytes of a file.

    Args:
        content: the bytes.
        path: where they stand, for errors.
        what: what they should be, for errors.
        finite: whether NaN and infinity, which are not JSON, are errors.

    Raises:
        DataError: they are not JSON, nest too deeply, or have NaN or infinity in them.
    """
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_refuse_constant if finite else float)
    except RecursionError:
        raise DataError(f"{path}: expected {what}, got JSON that nests too deeply") from None
    except ValueError as error:  # of UTF-8 and JSON
        raise DataError(f"{path}: expected {what}, got: {error}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} in place of a number")
