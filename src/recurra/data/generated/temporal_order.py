"""Temporal order: in which order did the few symbols come that matter?"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recurra.data.generated.generated_task import GeneratedTask, Sequences, step_numbers

_X, _BEGIN, _END = 4, 6, 7  # symbols; 0 to 3 distract, 4 and 5 (X and Y) matter


@dataclass(frozen=True)
class TemporalOrder(GeneratedTask):
    """Temporal order with two symbols (Hochreiter and Schmidhuber, 1997, experiment 6a).

    A sequence begins with E, ends with B, and has between them symbols drawn from a, b, c and d, but for two that are X
    or Y. Of 100 to 110 steps, the first of these is at step 10 to 20, the second at step 50 to 60; other lengths are in
    proportion. Which of the four orders XX, XY, YX and YY it was is asked at the end.

    Attributes:
        length: the fewest steps T; a sequence has up to T/10 more.
    """

    symbols: ClassVar[int] = 8
    solved_loss: ClassVar[float] = 1e-2
    least_length: ClassVar[int] = 10
    classes: ClassVar[int] = 4
    tenths: ClassVar[tuple[tuple[float, float], ...]] = ((1, 2), (5, 6))
    """Between which tenths of `length` each symbol that matters stands."""

    @property
    def chance_loss(self) -> float:
        """That of any order alike."""
        return math.log(self.classes)

    @property
    def chance_accuracy(self) -> float:
        """One in as many as there are orders."""
        return 1 / self.classes

    def _make(self, random: np.random.Generator, lengths: np.ndarray) -> Sequences:
        steps = random.integers(lengths, lengths + lengths // 10 + 1)  # (B,)
        longest, rows = int(steps.max()), np.arange(len(steps))
        inputs = random.integers(0, _X, (len(steps), longest))  # (B, T)
        inputs[step_numbers(longest) >= steps[:, None]] = 0
        inputs[:, 0], inputs[rows, steps - 1] = _BEGIN, _END
        order = np.zeros(len(steps), np.int64)
        for least, most in self.tenths:
            symbol = random.integers(0, 2, len(steps))
            positions = random.integers((lengths * least / 10).astype(int), (lengths * most / 10).astype(int) + 1)
            inputs[rows, positions] = _X + symbol
            order = 2 * order + symbol
        return Sequences(inputs, steps, order)


@dataclass(frozen=True)
class TemporalOrderOfThree(TemporalOrder):
    """Temporal order with three symbols (experiment 6b there): eight orders.

    Of 100 to 110 steps, they are at steps 10 to 20, 33 to 43 and 66 to 76.

    Attributes:
        length: the fewest steps T; a sequence has up to T/10 more.
    """

    classes: ClassVar[int] = 8
    tenths: ClassVar[tuple[tuple[float, float], ...]] = ((1, 2), (3.3, 4.3), (6.6, 7.6))
