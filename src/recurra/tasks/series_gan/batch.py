"""What a generator of series learns from at once."""

from dataclasses import dataclass

from torch import Tensor

from recurra.training.batch import Batch


@dataclass(frozen=True)
class SeriesBatch(Batch):
    """Windows of series.

    Attributes:
        steps: numbers between 0 and 1, (B, T, F), zeros after the end of a window.
        lengths: rows of each, (B,).
        context: what does not change in the series of each, (B, C).
        before: the rows that precede each window, (B, S, F).
        before_lengths: how many these are, (B,); 0 where a window begins its series, or stands alone.
        windows: positions of the windows in the data, (B,).
    """

    steps: Tensor
    lengths: Tensor
    context: Tensor
    before: Tensor
    before_lengths: Tensor
    windows: Tensor

    @property
    def size(self) -> int:
        """Windows."""
        return len(self.steps)
