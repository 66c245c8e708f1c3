"""What a network answers, and how much worse it does where all that is older than k steps is cut off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

STEPS_AT_ONCE = 1 << 15  # of all windows that a network reads together
_WITHIN = 0.01  # of the loss with all that there is: where a network has what it uses
_NEGLIGIBLE = 0.001  # of what is lost with the worst window; a network that is always right has no loss to be within


@dataclass(frozen=True)
class Outcomes:
    """Answers whose losses are known, N of them.

    Attributes:
        histories: how many steps each answer can look back on, its own included, (N,).
        full: loss of each where all of them are read, (N,).
        truncated: of the positions of some answers, (M,), and k below the histories of all of them, their losses where
            only the last k steps are read, (M,).
        unit: what a loss is measured in.
    """

    histories: np.ndarray
    full: np.ndarray
    truncated: Callable[[np.ndarray, int], np.ndarray]
    unit: str = "nats"

    @cached_property
    def full_loss(self) -> float:
        """Mean loss where all steps are read."""
        return float(self.full.mean())

    def loss(self, steps: int) -> float:
        """Mean loss where only the last steps are read; answers that have no more are what they were."""
        losses = self.full.astype(np.float64).copy()
        rows = np.flatnonzero(self.histories > steps)
        at_once = max(1, STEPS_AT_ONCE // steps)
        for first in range(0, len(rows), at_once):
            some = rows[first : first + at_once]
            losses[some] = self.truncated(some, steps)
        return float(losses.mean())


@dataclass(frozen=True)
class LossCurve:
    """Loss against the number of steps that are read.

    Attributes:
        steps: numbers k, rising.
        losses: of each.
        full: where all steps are read.
        length: the smallest k from which on the loss is within 1% of the full one; None where no k that was tried is.
    """

    steps: list[int]
    losses: list[float]
    full: float
    length: int | None


def loss_curve(outcomes: Outcomes, longest: int | None = None) -> LossCurve:
    """Measure the loss with the last 1, 2, 4, ... steps, and find how many a network uses.

    A loss is within 1% where it is above the full one by no more than 1% of that, or a thousandth of what the worst of
    all k loses, whichever is more: a network that is nearly always right has a full loss of nearly nothing. Between the
    powers of two the smallest number is found by halving, which takes for granted that a longer window does no worse
    there.

    Args:
        outcomes: what is answered.
        longest: k at most; None takes as many as the longest history has.
    """
    most = int(outcomes.histories.max())
    longest = most if longest is None else min(longest, most)
    losses = {steps: outcomes.loss(steps) for steps in _powers_of_two(longest)}
    full = outcomes.full_loss
    tolerance = max(_WITHIN * abs(full), _NEGLIGIBLE * (max(losses.values()) - full))
    length = _first_within(list(losses), [loss - full <= tolerance for loss in losses.values()])
    if length is not None:
        below = max((steps for steps in losses if steps < length), default=0)
        while length - below > 1:
            middle = (length + below) // 2
            losses[middle] = outcomes.loss(middle)
            if losses[middle] - full <= tolerance:
                length = middle
            else:
                below = middle
    steps = sorted(losses)
    return LossCurve(steps, [losses[k] for k in steps], full, length)


def _powers_of_two(longest: int) -> list[int]:
    """1, 2, 4, ... and the last number itself."""
    powers = [1 << power for power in range(longest.bit_length())]
    return sorted({*powers, longest})


def _first_within(steps: Sequence[int], within: Sequence[bool]) -> int | None:
    """The first number from which on all are within the tolerance."""
    first = None
    for number, is_within in zip(reversed(steps), reversed(within), strict=True):
        if not is_within:
            break
        first = number
    return first
