"""Ending: the symbol that a sequence ends with is asked for at every step, when it is still to come."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recurra.data.generated.generated_task import GeneratedTask, Sequences, step_numbers


@dataclass(frozen=True)
class Ending(GeneratedTask):
    """Which of four symbols a sequence ends with, answered at every step: a task for two directions.

    Symbols are drawn evenly. What reads from the beginning knows the answer at the last step alone; what reads from the
    end, too, knows it everywhere, if it remembers one symbol (Schuster and Paliwal, 1997, "Bidirectional recurrent
    neural networks").

    Attributes:
        length: steps T.
    """

    symbols: ClassVar[int] = 4
    classes: ClassVar[int] = 4
    per_step: ClassVar[bool] = True
    solved_loss: ClassVar[float] = 1e-2

    @property
    def chance_loss(self) -> float:
        """That of one symbol in four."""
        return math.log(self.classes)

    @property
    def chance_accuracy(self) -> float:
        """One in four."""
        return 1 / self.classes

    def _make(self, random: np.random.Generator, lengths: np.ndarray) -> Sequences:
        longest = int(lengths.max())
        inputs = random.integers(0, self.symbols, (len(lengths), longest))  # (B, T)
        inputs[step_numbers(longest) >= lengths[:, None]] = 0
        endings = inputs[np.arange(len(lengths)), lengths - 1]  # (B,)
        return Sequences(inputs, lengths, np.repeat(endings[:, None], longest, 1))
