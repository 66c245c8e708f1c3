"""What every generated task is: sequences as a function of seed and position, and the score of knowing nothing."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from recurra.errors import DataError, require_count

_TRAINING, _VALIDATION, _TEST = 0, 1, 2  # streams of random numbers that share nothing
_LONGEST = 10_000_000  # steps


@dataclass(frozen=True)
class Sequences:
    """Sequences side by side, zeros after their ends, and their right answers.

    Attributes:
        inputs: features (B, T, I) float32, or symbols (B, T) int64.
        lengths: steps of each sequence, (B,) int64.
        targets: numbers (B, 1) float32; or classes (B,) int64, with an answer at every step (B, T).
    """

    inputs: np.ndarray
    lengths: np.ndarray
    targets: np.ndarray

    def __len__(self) -> int:
        return len(self.inputs)

    def select(self, rows: slice) -> "Sequences":
        """Some of the sequences."""
        return Sequences(self.inputs[rows], self.lengths[rows], self.targets[rows])


@dataclass(frozen=True)
class GeneratedTask:
    """A task whose data are made. A subclass says what they are and makes them (`_make`).

    Attributes:
        length: how far apart the task puts what belongs together, in steps; each task says of what exactly.
        shortest: where it is not 0, the lengths within a batch are drawn between it and `length`, else all are equal.

    Raises:
        DataError: the task has no such length.
    """

    length: int
    shortest: int = field(default=0, kw_only=True)

    symbols: ClassVar[int] = 0
    """Different symbols that are read; 0 where the inputs are numbers."""
    features: ClassVar[int] = 0
    """Numbers a step; 0 where symbols are read."""
    classes: ClassVar[int] = 0
    """Different answers; 0 where the answer is a number."""
    blank: ClassVar[int | None] = None
    """The class that says "nothing to answer at this step"; what is scored are the other steps."""
    per_step: ClassVar[bool] = False
    """Whether there is an answer at every step."""
    metric: ClassVar[Literal["squared error", "loss", "accuracy"]] = "accuracy"
    """Which score people publish of this task."""
    solved_loss: ClassVar[float]
    """The mean loss below which the task counts as solved."""
    least_length: ClassVar[int] = 1
    has_unequal_lengths: ClassVar[bool] = True
    """Whether the sequences of a batch may differ in length."""

    def __post_init__(self) -> None:
        require_count("length", self.length, self.least_length, _LONGEST)
        if self.shortest:
            require_count("shortest", self.shortest, self.least_length, self.length)
            if not self.has_unequal_lengths:
                raise DataError(f"shortest: expected 0, as this task has sequences of one length, got {self.shortest}")

    # --- for a subclass --------------------------------------------------------------------------------------------

    @property
    def chance_loss(self) -> float:
        """The mean loss of the best answer that looks at no input."""
        raise NotImplementedError

    @property
    def chance_accuracy(self) -> float | None:
        """The share of correct answers of such an answer; None where answers are numbers."""
        return None

    def _make(self, random: np.random.Generator, lengths: np.ndarray) -> Sequences:
        """Make a sequence of each of these lengths, (B,)."""
        raise NotImplementedError

    # --- what is learnt from and scored on -------------------------------------------------------------------------

    def batch(self, count: int, seed: int, position: int, longest: int | None = None) -> Sequences:
        """Give the sequences to learn from at one step of a training: the same for the same arguments.

        Args:
            count: sequences B.
            seed: of the training.
            position: batches before this one.
            longest: instead of `length`, for lengths that grow.
        """
        return self._draw(_TRAINING, seed, position, count, longest or self.length)

    def validation(self, count: int, longest: int | None = None) -> Sequences:
        """Give sequences to choose the best weights by; always the same ones."""
        return self._draw(_VALIDATION, 0, 0, count, longest or self.length)

    def test(self, count: int) -> Sequences:
        """Give sequences to score on; always the same ones, of the full length."""
        return self._draw(_TEST, 0, 0, count, self.length, shortest=0)

    def _draw(
        self, stream: int, seed: int, position: int, count: int, longest: int, shortest: int | None = None
    ) -> Sequences:
        random = np.random.default_rng([stream, seed, position])
        shortest = min(longest, self.shortest if shortest is None else shortest)
        lengths = random.integers(shortest, longest + 1, count) if shortest else np.full(count, longest)
        return self._make(random, lengths)


def step_numbers(steps: int) -> np.ndarray:
    """The number of each step, (1, T), to compare with lengths, (B, 1)."""
    return np.arange(steps)[None]
