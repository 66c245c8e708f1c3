"""What a signal of a clip is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recurra.errors import DataError

KINDS = ("frames", "skeleton", "series")


@dataclass(frozen=True)
class Signal:
    """What one sample of it is, and how often it comes.

    kind: "frames" (images), "skeleton" (joints in space) or "series" (numbers). shape: of a sample, for instance
    (64, 64, 3). rate: samples a second. encoded: numbers that an encoder which does not learn makes of a sample before
    the network reads it; 0 without one.
    """

    kind: str
    shape: tuple[int, ...]
    rate: float
    encoded: int = 0

    @property
    def read_shape(self) -> tuple[int, ...]:
        """What the network reads of a sample."""
        return (self.encoded,) if self.encoded else self.shape

    @property
    def read_type(self) -> type[np.generic]:
        """The type of what the network reads."""
        return np.uint8 if self.kind == "frames" and not self.encoded else np.float32

    @property
    def numbers(self) -> int:
        """How many a sample has."""
        return math.prod(self.shape)

    @classmethod
    def of(cls, samples: Sequence[np.ndarray | None], rate: float) -> "Signal":
        """Find out what a signal is by the first clip that has it.

        Raises:
            DataError: no clip has it.
        """
        first = next((array for array in samples if array is not None), None)
        if first is None:
            raise DataError("expected a clip that has the signal, got none")
        kinds = {3: "frames", 2: "skeleton"}
        return cls(kinds.get(first.ndim - 1, "series"), tuple(first.shape[1:]), float(rate))

    def require(self, samples: np.ndarray, name: str, where: str) -> None:
        """Refuse samples of another shape.

        Raises:
            DataError: they are; names the clip and the signal.
        """
        if tuple(samples.shape[1:]) != self.shape or not len(samples):
            raise DataError(
                f"{where}: expected {name} in samples of {_sizes(self.shape)}, as in training, got "
                f"{_sizes(samples.shape[1:])} ({len(samples)} samples)"
            )


def _sizes(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "a number"
