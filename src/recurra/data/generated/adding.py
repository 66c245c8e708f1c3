"""The adding problem: two of many numbers are marked, and their sum is asked for at the end."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recurra.data.generated.generated_task import GeneratedTask, Sequences, step_numbers


@dataclass(frozen=True)
class Adding(GeneratedTask):
    """The adding problem (Hochreiter and Schmidhuber, 1997, experiment 4) as Le et al. (2015) put it.

    Each step has a number, uniform in [0, 1], and a mark, which is 1 at two steps and else 0: one in the first half of
    the sequence, one in the second. The answer at the end is the sum of the two marked numbers. Always answering 1
    has a squared error of 1/6, the variance of the sum.

    Attributes:
        length: steps T.
    """

    features: ClassVar[int] = 2
    metric: ClassVar = "squared error"
    solved_loss: ClassVar[float] = 1e-3  # as Li et al. (2018, IndRNN) and others count
    least_length: ClassVar[int] = 2

    @property
    def chance_loss(self) -> float:
        """That of always 1."""
        return 1 / 6

    def _make(self, random: np.random.Generator, lengths: np.ndarray) -> Sequences:
        count, longest = len(lengths), int(lengths.max())
        inputs = np.zeros((count, longest, 2), np.float32)  # (B, T, 2)
        inputs[:, :, 0] = random.random((count, longest), np.float32)
        inputs[:, :, 0][step_numbers(longest) >= lengths[:, None]] = 0
        half = lengths // 2
        first = random.integers(0, half)  # (B,)
        second = random.integers(half, lengths)  # (B,)
        rows = np.arange(count)
        inputs[rows, first, 1] = inputs[rows, second, 1] = 1
        sums = inputs[rows, first, 0] + inputs[rows, second, 0]
        return Sequences(inputs, lengths, sums[:, None])
