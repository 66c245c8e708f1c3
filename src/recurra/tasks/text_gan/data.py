"""What a generator of text learns from: lines as symbols, in batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recurra.data import batches
from recurra.data.text.lines import Lines
from recurra.data.text.oracle import Oracle
from recurra.errors import DataError
from recurra.tasks.text_gan.config import TextGANConfig
from recurra.tasks.text_gan.network import TextBatch
from recurra.tasks.text_gan.symbols import LineSymbols


@dataclass(frozen=True)
class EncodedLines:
    """Lines as symbols.

    Attributes:
        symbols: of each, its end included, (T,).
        beginnings: the symbol that each begins with, (N,).
        oracle: that the lines were drawn from, or None.
    """

    symbols: list[np.ndarray]
    beginnings: np.ndarray
    oracle: Oracle | None

    def __len__(self) -> int:
        return len(self.symbols)

    def batch(self, rows: np.ndarray) -> TextBatch:
        """Put some of them side by side."""
        targets, lengths = batches.pad(self.symbols, rows)
        return TextBatch(torch.from_numpy(self.beginnings[rows]), targets, lengths)

    def batches(self, size: int) -> Iterator[TextBatch]:
        """Put all of them side by side, so many at a time, in their order."""
        for rows in batches.chunks(np.arange(len(self)), size):
            yield self.batch(rows)

    def counts(self, symbols: int) -> Tensor:
        """How often each of so many symbols comes, (V,)."""
        return torch.from_numpy(np.bincount(np.concatenate(self.symbols), minlength=symbols)).float()


def encode(lines: Lines, symbols: LineSymbols, use: str) -> tuple[EncodedLines, list[str]]:
    """Turn lines into symbols; those that are empty or too long are left out.

    Args:
        lines: the texts, and their classes.
        symbols: what turns them into symbols.
        use: what the lines are for, to say it.

    Returns:
        The lines, and what a person should know of them, a line each.

    Raises:
        DataError: none is left, or one has a class that is not known.
    """
    encoded = symbols.encode(lines.texts)
    begins = symbols.begin(lines)
    if symbols.end is None:
        return EncodedLines(encoded, begins, lines.oracle), []
    encoded = [np.append(line, symbols.end) for line in encoded]
    fits = np.asarray([1 < len(line) <= symbols.steps for line in encoded])
    rows = np.flatnonzero(fits)
    if not len(rows):
        place = lines.source or "data"
        raise DataError(
            f"{place}: expected lines of 1 to {symbols.steps - 1} symbols {use}, got none of {len(lines):,}"
        )
    left_out = len(lines) - len(rows)
    note = f"{left_out:,} of {len(lines):,} lines {use} left out: empty, or of more than {symbols.steps - 1} symbols"
    return EncodedLines([encoded[i] for i in rows], begins[rows], None), [note] if left_out else []


@dataclass
class TextDataModule:
    """Lines to learn from, in batches.

    Attributes:
        config: the settings.
        train: the lines.
        unit, warnings: see `recurra.training.data_module.DataModule`.
    """

    config: TextGANConfig
    train: EncodedLines
    unit: str = "symbols"
    warnings: Sequence[str] = ()

    def steps_per_epoch(self, epoch: int) -> int:
        """Count the batches of an epoch."""
        return -(-len(self.train) // self.config.batch_size)

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[TextBatch | None]:
        """Give the batches of an epoch."""
        size, seed = self.config.batch_size, self.config.seed
        for rows in batches.epoch_batches(len(self.train), size, seed, epoch, start, rank, world_size):
            yield self.train.batch(rows) if len(rows) else None
