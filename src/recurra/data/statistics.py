"""What the numbers of sequences are like."""

from typing import Any, NamedTuple

import numpy as np
import torch

from recurra.data import batches
from recurra.errors import DataError

_AT_ONCE = 1 << 22  # numbers, roughly, whose sums are taken together


class Statistics(NamedTuple):
    """Of each feature over all steps of all sequences: its mean, its deviation, and whether values are missing."""

    mean: np.ndarray
    deviation: np.ndarray
    missing: np.ndarray

    @property
    def scale(self) -> np.ndarray:
        """What to divide by: the deviation, or 1 where a feature never changes."""
        return positive(self.deviation)

    def notes(self) -> list[str]:
        """Say which features, counted from 1, have missing values or are constant."""
        told = (
            (self.missing, "missing values become the mean, and are marked, in"),
            (self.deviation == 0, "always the same, so centred only:"),
        )
        return [
            f"{what} feature {', '.join(map(str, np.flatnonzero(which) + 1))}" for which, what in told if which.any()
        ]


def measure(inputs: Any) -> Statistics:
    """Measure the features of sequences (T, I), some of them at a time.

    Raises:
        DataError: a number is infinite.
    """
    count = total = square = missing = np.zeros(1)
    middle: Any = None
    largest = max([1, *(inputs[i].size for i in range(min(100, len(inputs))))])
    for rows in batches.cut(np.arange(len(inputs)), 1 + _AT_ONCE // largest):
        x, lengths = batches.pad(inputs, rows)
        real = torch.arange(x.shape[1]) < lengths.unsqueeze(-1)
        steps = (x.flatten(0, 1) if bool(real.all()) else x[real]).double()  # (steps, I)
        found = np.full(steps.shape[1], len(steps))
        if not steps.sum(0).isfinite().all():
            if steps.isinf().any():
                raise DataError("expected finite numbers or missing ones, got infinity")
            found = (~steps.isnan()).sum(0).numpy()
        if middle is None:  # sums of what is left beside it lose no digits
            middle = steps.nansum(0) / torch.from_numpy(np.maximum(found, 1))
        centred = steps.sub_(middle).nan_to_num_(0.0)
        count, missing = count + found, missing + (len(steps) - found)
        total, square = total + centred.sum(0).numpy(), square + centred.square_().sum(0).numpy()
    known_steps = np.maximum(count, 1)
    mean = total / known_steps
    deviation = np.sqrt(np.maximum(square / known_steps - mean**2, 0.0))
    return Statistics((0.0 if middle is None else middle.numpy()) + mean, deviation, missing > 0)


def positive(deviation: np.ndarray) -> np.ndarray:
    """Put 1 in the place of 0."""
    return np.where(deviation > 0, deviation, 1.0)
