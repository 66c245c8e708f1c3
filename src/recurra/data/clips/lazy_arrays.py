"""Arrays in .npz files that are opened when they are first asked for."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.files.array_archive import open_members


class ArrayArchive:
    """An .npz file, which is opened when its arrays are first asked for, and then stays open."""

    def __init__(self, path: Path):
        self.path = path

    @cached_property
    def members(self) -> dict[str, np.ndarray]:
        """The arrays by name."""
        return open_members(self.path)


class ArchivedArrays(Sequence[Any]):
    """Arrays of several archives, opened when they are first asked for.

    archives: which of them each array is in. names: what it is called there; None where there is no array.
    """

    def __init__(self, archives: Sequence[ArrayArchive], names: Sequence[str | None]):
        self.archives, self.names = archives, names

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: Any) -> Any:
        name = self.names[index]
        return None if name is None else self.archives[index].members[name]
