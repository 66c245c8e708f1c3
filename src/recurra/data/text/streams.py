"""A corpus as contiguous streams, for truncated back-propagation through time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recurra.data.text.corpus import Corpus
from recurra.errors import DataError


@dataclass(frozen=True)
class Streams:
    """A corpus cut into `batch_size` streams of equal length, read side by side from their beginnings.

    Batch k continues batch k - 1: sequence b of the one goes on where sequence b of the other ended, so that a state
    carried from batch to batch sees whole streams (Mikolov et al., 2010).

    corpus: the numbers.
    batch_size: streams B over all processes.
    sequence_length: steps T of a batch; the last batch may be shorter.
    offset: symbols left out at the start, so that epochs can be cut differently.
    reverse: read the corpus from its end to its beginning.
    rank, world_size: this process takes its share of the streams.
    """

    corpus: Corpus
    batch_size: int
    sequence_length: int
    offset: int = 0
    reverse: bool = False
    rank: int = 0
    world_size: int = 1

    def __post_init__(self) -> None:
        if self.batch_size % self.world_size:
            raise DataError(
                f"batch_size: expected a multiple of the {self.world_size} processes, got {self.batch_size}"
            )
        if self.stream_length < 1:
            raise DataError(
                f"expected a text of at least {2 * self.batch_size + self.offset} symbols for "
                f"{self.batch_size} streams, got {len(self.corpus)}; take a smaller batch_size"
            )

    @property
    def stream_length(self) -> int:
        """Predictions in each stream."""
        return (len(self.corpus) - self.offset - 1) // self.batch_size

    def __len__(self) -> int:
        return (self.stream_length + self.sequence_length - 1) // self.sequence_length

    def batches(self, start: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Give inputs and the symbols that follow them, both (B / world_size, T) int64, from batch `start` on."""
        share = self.batch_size // self.world_size
        streams = range(self.rank * share, (self.rank + 1) * share)
        for batch in range(start, len(self)):
            numbers = self.corpus.numbers()
            numbers = (numbers[::-1] if self.reverse else numbers)[self.offset :]
            begin = batch * self.sequence_length
            steps = min(self.sequence_length, self.stream_length - begin)
            starts = [stream * self.stream_length + begin for stream in streams]
            yield _inputs_and_targets([numbers[s : s + steps + 1] for s in starts])


def windows(corpus: Corpus, length: int, batch_size: int, reverse: bool = False) -> Iterator[tuple[Tensor, Tensor]]:
    """Cut a whole corpus into separate windows, the way transformers are scored.

    Every symbol but the first of the corpus is predicted once, from what precedes it in its window and the one symbol
    before the window.

    Args:
        corpus: the numbers.
        length: predictions T of a window; the last may be shorter.
        batch_size: windows B of a batch at most.
        reverse: read the corpus from its end to its beginning.

    Yields:
        Inputs and the symbols that follow them, both (B, T) int64.
    """
    starts = list(range(0, len(corpus) - 1, length))
    ragged = [starts.pop()] if (len(corpus) - 1) % length else []
    groups = [starts[i : i + batch_size] for i in range(0, len(starts), batch_size)]
    for group in [*groups, ragged] if ragged else groups:
        numbers = corpus.numbers()[::-1] if reverse else corpus.numbers()
        yield _inputs_and_targets([numbers[s : s + length + 1] for s in group])


def _inputs_and_targets(rows: list[np.ndarray]) -> tuple[Tensor, Tensor]:
    window = torch.from_numpy(np.stack(rows).astype(np.int64))
    return window[:, :-1], window[:, 1:]
