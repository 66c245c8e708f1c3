"""Series of unequal length side by side, as judges and networks read them."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Windows:
    """Encoded series, or windows cut from them.

    Attributes:
        steps: features, (N, T, F) float32, with zeros after the end of a series.
        lengths: steps of each, (N,) int64.
    """

    steps: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, series: Any) -> Self:
        """Put arrays (T, F), a list or one array (N, T, F), side by side."""
        lengths = np.asarray([len(steps) for steps in series])
        padded = np.zeros((len(series), lengths.max(), np.shape(series[0])[1]), np.float32)
        for row, steps in zip(padded, series, strict=True):
            row[: len(steps)] = steps
        return cls(padded, lengths)

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def features(self) -> int:
        """Numbers of a step, F."""
        return int(self.steps.shape[2])

    def select(self, rows: Any) -> "Windows":
        """Take some series."""
        return Windows(self.steps[rows], self.lengths[rows])

    @classmethod
    def joined(cls, *sets: "Windows") -> "Windows":
        """Put sets of series of the same steps one behind the other."""
        steps = np.concatenate([windows.steps for windows in sets])
        return cls(steps, np.concatenate([windows.lengths for windows in sets]))

    def tensors(self) -> tuple[Tensor, Tensor | None]:
        """The features (N, T, F), and the lengths (N,); None where all are alike."""
        is_full = bool((self.lengths == self.steps.shape[1]).all())
        return torch.from_numpy(self.steps), None if is_full else torch.from_numpy(self.lengths)


def as_long(*sets: Windows) -> list[Windows]:
    """Pad sets of series with zeros to the steps of the longest of all."""
    longest = max(windows.steps.shape[1] for windows in sets)
    return [
        Windows(np.pad(windows.steps, ((0, 0), (0, longest - windows.steps.shape[1]), (0, 0))), windows.lengths)
        for windows in sets
    ]
