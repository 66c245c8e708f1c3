"""The samples of a signal that is kept in arrays: in files, archives or in memory, read when they are asked for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.clips import array_file
from recurra.data.clips.signal_array import as_signal
from recurra.errors import DataError


class ArraySamples(Sequence[Any]):
    """The samples of a signal of all clips, in the form of `as_signal`; None where a clip lacks it.

    sources: of each clip a .npy or .npz file, an array, or None.
    """

    def __init__(self, sources: Sequence[Any], signal: str, locations: Sequence[str]):
        self.sources, self.signal, self.locations = sources, signal, locations

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, index: Any) -> Any:
        source = self.sources[index]
        if source is None:
            return None
        if isinstance(source, Path):
            return array_file.read(source, self.signal)
        return as_signal(source, self.signal, self.locations[index])

    def errors(self) -> list[DataError | None]:
        """Read all, and give of each clip what is wrong with it, or None: samples are as wide as those of the first."""
        errors: list[DataError | None] = []
        first: tuple[int, np.ndarray] | None = None
        for i in range(len(self)):
            error = None
            try:
                samples = self[i]
            except DataError as broken:
                samples, error = None, broken
            if samples is not None:
                first = first or (i, samples)
                error = self._other_width(i, samples, *first)
            errors.append(error)
        return errors

    def _other_width(self, index: int, samples: np.ndarray, first: int, first_samples: np.ndarray) -> DataError | None:
        if samples.shape[1:] == first_samples.shape[1:]:
            return None
        expected = f"{first_samples.shape[1:]} as in {self.locations[first]}"
        got = samples.shape[1:]
        return DataError(f"{self.locations[index]}: {self.signal}: expected samples of shape {expected}, got {got}")
