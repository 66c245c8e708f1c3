"""Rows that are read only when they are asked for, so that what is memory-mapped stays where it is."""

from collections.abc import Sequence
from typing import Any

import numpy as np


class SelectedRows(Sequence[Any]):
    """Some rows of an array, or of what reads rows when it is asked for them."""

    def __init__(self, array: Any, rows: Sequence[int]):
        self.array, self.rows = array, np.asarray(rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Any) -> Any:
        return self.array[self.rows[index]]


class JoinedRows(Sequence[Any]):
    """The rows of several arrays behind each other, read only when asked for."""

    def __init__(self, parts: Sequence[Any]):
        self.parts = parts
        self.ends = np.cumsum([len(part) for part in parts])

    def __len__(self) -> int:
        return int(self.ends[-1])

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(index)
        part = int(np.searchsorted(self.ends, index, side="right"))
        return self.parts[part][index - (self.ends[part - 1] if part else 0)]
