"""An array that lies in a file, mapped to memory, which asks before each reading whether the file is still whole."""

import os
from pathlib import Path
from typing import Any, Self

import numpy as np

from recurra.errors import DataError


class _OpenFile:
    """A file that is kept open, so that its size can be asked for; closed with the last array over it."""

    def __init__(self, path: Path):
        self.path = path
        self.descriptor = os.open(path, os.O_RDONLY)

    def size(self) -> int:
        return os.fstat(self.descriptor).st_size

    def __del__(self) -> None:
        os.close(self.descriptor)


class MappedArray(np.memmap):
    """A read-only map of a part of a file.

    Reading behind the end of a file that was cut since then would end the process without a word (SIGBUS).
    """

    _file: _OpenFile | None = None
    _end: int = 0

    @classmethod
    def open(cls, path: Path, dtype: np.dtype, offset: int, shape: tuple[int, ...], order: Any) -> Self:
        """Map an array; `offset` is its place in the file, `order` "C" or "F"."""
        array: Self = cls(path, dtype, "r", offset, shape, order)
        array._file, array._end = _OpenFile(path), offset + array.nbytes
        return array

    def __array_finalize__(self, parent: Any) -> None:
        super().__array_finalize__(parent)
        self._file = getattr(parent, "_file", None)
        self._end = getattr(parent, "_end", 0)

    def __getitem__(self, index: Any) -> Any:
        if self._file is not None and self._file.size() < self._end:
            expected = f"expected {self._end:,} bytes, as when it was opened"
            raise DataError(f"{self._file.path}: {expected}, got a file cut since")
        part = super().__getitem__(index)
        is_copy = isinstance(part, MappedArray) and getattr(part, "_mmap", None) is None
        return part.view(np.ndarray) if is_copy else part


class Ragged:
    """Rows of an array, each to its own length, read only when asked for."""

    def __init__(self, rows: np.ndarray, lengths: np.ndarray):
        self.rows, self.lengths = rows, lengths

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> np.ndarray:
        row: np.ndarray = self.rows[index][: self.lengths[index]]
        return row
