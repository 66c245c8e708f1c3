"""Copy memory: ten symbols, a long silence, and then the ten symbols are to be repeated."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recurra.data.generated.generated_task import GeneratedTask, Sequences, step_numbers

_SYMBOLS = 8  # of what is to be kept, 1 to 8; 0 is silence
_REMEMBERED = 10  # symbols
_MARK = 9  # the input that asks for the answer


@dataclass(frozen=True)
class CopyMemory(GeneratedTask):
    """Copy memory (Hochreiter and Schmidhuber, 1997; Arjovsky et al., 2016) by the protocol of Bai et al. (2018, TCN).

    Ten symbols drawn from 1 to 8, T - 1 times 0, then eleven times 9. The answer is 0 at each of the first T + 10 steps
    and then the ten symbols, in order. The loss is the mean over all T + 20 steps; who remembers nothing, but knows
    where to answer, has 10 ln(8) / (T + 20). The accuracy is that of the ten symbols.

    Attributes:
        length: T, the steps from the last symbol to the first that is repeated.
    """

    symbols: ClassVar[int] = 10
    classes: ClassVar[int] = 10
    blank: ClassVar[int | None] = 0
    per_step: ClassVar[bool] = True
    metric: ClassVar = "loss"

    @property
    def solved_loss(self) -> float:  # type: ignore[override]  # depends on the length
        """A hundredth of chance: 99% of what is to be remembered."""
        return self.chance_loss / 100

    @property
    def chance_loss(self) -> float:
        """That of one symbol in eight at the last ten steps."""
        return _REMEMBERED * math.log(_SYMBOLS) / (self.length + 2 * _REMEMBERED)

    @property
    def chance_accuracy(self) -> float:
        """One symbol in eight."""
        return 1 / _SYMBOLS

    def _make(self, random: np.random.Generator, lengths: np.ndarray) -> Sequences:
        symbols = random.integers(1, _SYMBOLS + 1, (len(lengths), _REMEMBERED))  # (B, 10)
        steps = lengths + 2 * _REMEMBERED  # (B,)
        numbers = step_numbers(int(steps.max()))  # (1, T)
        answer_from = (lengths + _REMEMBERED)[:, None]  # (B, 1)
        inputs = np.where((numbers >= answer_from - 1) & (numbers < steps[:, None]), _MARK, 0)  # (B, T)
        inputs[:, :_REMEMBERED] = symbols
        targets = np.zeros_like(inputs)
        np.put_along_axis(targets, answer_from + np.arange(_REMEMBERED), symbols, axis=1)
        return Sequences(inputs, steps, targets)
