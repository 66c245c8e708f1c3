"""Reversed digits: digits are read, and then to be written from the last to the first."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recurra.data.generated.generated_task import GeneratedTask, Sequences, step_numbers

_DIGITS = 10  # symbols 1 to 10; 0 asks for an answer


@dataclass(frozen=True)
class ReversedDigits(GeneratedTask):
    """Digits backwards, the toy task of many tutorials of translation (for instance Kreutzer et al., 2019, Joey NMT).

    T digits, then T times a symbol that asks for the answer: the digits from the last to the first. The accuracy is
    that of the digits; a digit is to be kept for 1 to 2 T - 1 steps, the later ones for less.

    Attributes:
        length: digits T.
    """

    symbols: ClassVar[int] = _DIGITS + 1
    classes: ClassVar[int] = _DIGITS + 1
    blank: ClassVar[int | None] = 0
    per_step: ClassVar[bool] = True

    @property
    def solved_loss(self) -> float:  # type: ignore[override]  # a share of chance
        """A hundredth of chance."""
        return self.chance_loss / 100

    @property
    def chance_loss(self) -> float:
        """That of one digit in ten at every second step."""
        return math.log(_DIGITS) / 2

    @property
    def chance_accuracy(self) -> float:
        """One in ten."""
        return 1 / _DIGITS

    def _make(self, random: np.random.Generator, lengths: np.ndarray) -> Sequences:
        longest = int(lengths.max())
        digits = random.integers(1, _DIGITS + 1, (len(lengths), longest))  # (B, T)
        digits[step_numbers(longest) >= lengths[:, None]] = 0
        inputs = np.concatenate([digits, np.zeros_like(digits)], 1)  # (B, 2 T)
        # the answer at step t is the digit of step 2 T - 1 - t
        sources = 2 * lengths[:, None] - 1 - step_numbers(2 * longest)  # (B, 2 T)
        is_answer = (sources >= 0) & (sources < lengths[:, None])
        targets = np.where(is_answer, np.take_along_axis(inputs, np.maximum(sources, 0), 1), 0)
        return Sequences(inputs, 2 * lengths, targets)
