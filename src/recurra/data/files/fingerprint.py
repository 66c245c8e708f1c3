"""A hash of data, so that a training notices when it is to go on with others."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.files.regular_file import open_regular

_BLOCK = 1 << 20  # bytes that are read at once
_AT_ONCE = 1000  # entries of a list that are written out together


def fingerprint(*values: Any) -> str:
    """Give the SHA-256 of values, in hexadecimal.

    Everything is hashed with its boundaries: a letter that moves from one text to the next gives another hash.

    Args:
        values: texts, numbers, arrays, and lists and dictionaries of these; None too.
    """
    digest = hashlib.sha256()
    for value in values:
        _add(digest, value)
    return digest.hexdigest()


def file_sha256(path: Path, what: str) -> str:
    """Give the SHA-256 of the content of a file, in hexadecimal.

    Args:
        path: the file.
        what: what an error calls it, such as "a clip".

    Raises:
        DataError: it is not there, or no plain file.
    """
    digest = hashlib.sha256()
    file, _ = open_regular(path, what)
    with file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _add(digest: Any, value: Any) -> None:
    if isinstance(value, np.ndarray) and value.dtype != object:
        digest.update(f"array {value.dtype.str} {value.shape}\n".encode())
        for row in value if value.ndim else [value]:  # a memory-mapped array is read a row at a time
            digest.update(np.ascontiguousarray(row).data)
    elif isinstance(value, Mapping):
        _add(digest, [[key, value[key]] for key in sorted(value, key=str)])
    elif hasattr(value, "__len__") and not isinstance(value, str | bytes):
        digest.update(f"list {len(value)}\n".encode())
        for start in range(0, len(value), _AT_ONCE):
            _add_entries(digest, [value[i] for i in range(start, min(start + _AT_ONCE, len(value)))])
    else:
        digest.update(_written(value.item() if isinstance(value, np.generic) else value))


def _add_entries(digest: Any, entries: list[Any]) -> None:
    try:
        digest.update(_written(entries))  # texts and numbers, at once
    except TypeError:  # something in it that JSON has no form for
        for entry in entries:
            _add(digest, entry)


def _written(value: Any) -> bytes:
    """A form in which texts and numbers differ where they do; what JSON knows nothing of by its name and type."""
    try:
        return json.dumps(value).encode() + b"\n"
    except TypeError:
        if isinstance(value, list):
            raise
        return f"{type(value).__name__} {value!r}\n".encode("utf-8", "backslashreplace")
