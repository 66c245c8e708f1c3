"""Parity: whether there was an odd number of ones."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recurra.data.generated.generated_task import GeneratedTask, Sequences, step_numbers


@dataclass(frozen=True)
class Parity(GeneratedTask):
    """Whether the ones so far are odd in number, answered at every step.

    Bits are drawn evenly; a network that has learnt the two states of the machine is right at any length. Which
    recurrent networks do: Deletang et al. (2023, "Neural networks and the Chomsky hierarchy").

    Attributes:
        length: bits T.
    """

    features: ClassVar[int] = 1
    classes: ClassVar[int] = 2
    per_step: ClassVar[bool] = True
    solved_loss: ClassVar[float] = 1e-2

    @property
    def chance_loss(self) -> float:
        """That of one in two."""
        return math.log(2)

    @property
    def chance_accuracy(self) -> float:
        """Right half of the time."""
        return 0.5

    def _make(self, random: np.random.Generator, lengths: np.ndarray) -> Sequences:
        longest = int(lengths.max())
        bits = random.integers(0, 2, (len(lengths), longest), np.int8)  # (B, T)
        bits[step_numbers(longest) >= lengths[:, None]] = 0
        odd = bits.cumsum(1, dtype=np.int64) % 2
        targets = odd if self.per_step else odd[:, -1]  # padding changes no parity
        return Sequences(bits[:, :, None].astype(np.float32), lengths, targets)


@dataclass(frozen=True)
class ParityAtEnd(Parity):
    """The same, answered once, after the last bit: much harder to learn, since nothing says where an answer went wrong.

    Attributes:
        length: bits T.
    """

    per_step: ClassVar[bool] = False
