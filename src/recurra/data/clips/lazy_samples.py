"""Samples of clips that are taken, read or converted only when they are asked for."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


class SelectedSamples(Sequence[Any]):
    """The samples of some clips, or what they are read from, taken when they are asked for."""

    def __init__(self, samples: Sequence[Any], indices: Sequence[int]):
        self.samples, self.indices = samples, indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Any) -> Any:
        return self.samples[self.indices[index]]


class ConvertedSamples(Sequence[Any]):
    """The samples of clips, each brought to another form when it is asked for; None stays None."""

    def __init__(self, samples: Sequence[Any], convert: Callable[[np.ndarray], np.ndarray]):
        self.samples, self.convert = samples, convert

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: Any) -> Any:
        samples = self.samples[index]
        return None if samples is None else self.convert(samples)
