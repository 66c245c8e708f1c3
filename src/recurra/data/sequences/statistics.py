"""What the numbers of sequences are like."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from recurra.data import batches
from recurra.errors import DataError

LARGEST = 1e150  # whose square is still a number in float64
_AT_ONCE = 1 << 22  # numbers, roughly, whose sums are taken together


class Statistics(NamedTuple):
    """Of each feature over all steps of all sequences: its mean, its deviation, whether values are missing, and the
    lowest and the highest of them; infinity where there are none.
    """

    mean: np.ndarray
    deviation: np.ndarray
    missing: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray

    @property
    def scale(self) -> np.ndarray:
        """What to divide by: the deviation, or 1 where a feature never changes."""
        return positive(self.deviation)

    @property
    def ranges(self) -> list[list[float]]:
        """The lowest and the highest value of each feature; the mean twice where all are missing."""
        known = np.isfinite(self.lowest)
        lowest, highest = np.where(known, self.lowest, self.mean), np.where(known, self.highest, self.mean)
        ranges: list[list[float]] = np.stack([lowest, highest], 1).tolist()
        return ranges

    def notes(self) -> list[str]:
        """Say which features, counted from 1, have missing values or are constant."""
        told = (
            (self.missing, "missing values become the mean, and are marked, in"),
            (self.deviation == 0, "always the same, so centred only:"),
        )
        return [
            f"{what} feature {', '.join(map(str, np.flatnonzero(which) + 1))}" for which, what in told if which.any()
        ]


def measure(inputs: Any, name: Callable[[int], str] = str) -> Statistics:
    """Measure the features of sequences (T, I) in float64, some of them at a time.

    Args:
        inputs: the sequences.
        name: what an error calls one of them, by position.

    Raises:
        DataError: a number is infinite; names the sequence, the step and the feature.
    """
    count = total = square = missing = np.zeros(1)
    middle: Any = None
    low, high = np.inf, -np.inf
    largest = max([1, *(inputs[i].size for i in range(min(100, len(inputs))))])
    for rows in batches.chunks(np.arange(len(inputs)), 1 + _AT_ONCE // largest):
        x, lengths = batches.pad(inputs, rows)
        mask = torch.arange(x.shape[1]) < lengths.unsqueeze(-1)
        steps = (x.flatten(0, 1) if bool(mask.all()) else x[mask]).double()  # (steps, I)
        known = np.full(steps.shape[1], len(steps))
        if not steps.abs().sum(0).le(LARGEST).all():
            refuse_infinite(x, name, rows)
            known = (~steps.isnan()).sum(0).numpy()
        if middle is None:  # sums of what is left beside it lose no digits
            middle = steps.nansum(0) / torch.from_numpy(np.maximum(known, 1))
        low = np.fmin(low, np.fmin.reduce(steps.numpy(), initial=np.inf))
        high = np.fmax(high, np.fmax.reduce(steps.numpy(), initial=-np.inf))
        centred = steps.sub(middle).nan_to_num_(0.0)
        count, missing = count + known, missing + (len(steps) - known)
        total, square = total + centred.sum(0).numpy(), square + centred.square_().sum(0).numpy()
    known_steps = np.maximum(count, 1)
    mean = total / known_steps
    deviation = np.sqrt(np.maximum(square / known_steps - mean**2, 0.0))
    deviation = np.where(low < high, deviation, 0.0)  # what never changes may differ from its own mean by rounding
    mean = (0.0 if middle is None else middle.numpy()) + mean
    return Statistics(mean, deviation, missing > 0, np.broadcast_to(low, mean.shape), np.broadcast_to(high, mean.shape))


def refuse_infinite(x: torch.Tensor, name: Callable[[int], str], rows: np.ndarray) -> None:
    """Refuse numbers that are infinite, or so large that their squares are.

    Args:
        x: sequences side by side, (B, T, I).
        name: what an error calls a sequence, by position.
        rows: the positions of these.

    Raises:
        DataError: there is one; names the sequence, the step and the feature, both counted from 1.
    """
    if not x.is_floating_point():
        return
    beyond = x.abs() > LARGEST  # not so of what is missing
    if beyond.any():
        b, t, i = beyond.nonzero()[0].tolist()
        got = "infinity" if x[b, t, i].isinf() else f"{float(x[b, t, i]):g}"
        raise DataError(
            f"{name(int(rows[b]))}: step {t + 1}: feature {i + 1}: expected finite numbers or missing ones, got {got}"
        )


def positive(deviation: np.ndarray) -> np.ndarray:
    """Put 1 in the place of 0."""
    return np.where(deviation > 0, deviation, 1.0)
