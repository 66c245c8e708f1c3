"""What a translator learns from: pairs as symbols, in batches of like length."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recurra.data import batches
from recurra.data.pairs.sentence_pairs import Pairs
from recurra.data.pairs.skipped import SkippedPairs
from recurra.errors import DataError
from recurra.tasks.translation.config import TranslatorConfig
from recurra.tasks.translation.network import TranslationBatch, TranslationInputs

MONITOR = "valid_error"  # the score that chooses the weights


@dataclass
class EncodedPairs:
    """Pairs as symbols, without the ends."""

    sources: list[np.ndarray]
    targets: list[np.ndarray]

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def lengths(self) -> np.ndarray:
        """Symbols of both sides, the ends included, (N, 2)."""
        sides = zip(self.sources, self.targets, strict=True)
        return np.asarray([(len(source) + 1, len(target) + 1) for source, target in sides])


def fit_for_learning(pairs: Pairs, encoded: EncodedPairs, config: TranslatorConfig) -> tuple[EncodedPairs, list[str]]:
    """Leave out pairs that nothing can be learnt from, and say how many these are.

    Args:
        pairs: as texts.
        encoded: the same as symbols.
        config: says how long a side may be, and how much longer than the other.

    Raises:
        DataError: none is left.
    """
    fit, left = EncodedPairs([], []), SkippedPairs()
    for i, (source, target) in enumerate(zip(encoded.sources, encoded.targets, strict=True)):
        short, long = sorted((len(source), len(target)))
        if not (pairs.sources[i].strip() and pairs.targets[i].strip()):
            left.add("with an empty side", pairs.name(i))
        elif long > config.max_length:
            left.add(f"of more than {config.max_length} symbols", pairs.name(i))
        elif long > config.max_ratio * max(1, short):
            left.add(f"of which one side has over {config.max_ratio:g} times the symbols", pairs.name(i))
        else:
            fit.sources.append(source)
            fit.targets.append(target)
    if not len(fit):
        raise DataError(f"expected sentence pairs to learn from, got none; {'; '.join(left.notes())}".rstrip("; "))
    return fit, left.notes()


def batch_of(
    encoded: EncodedPairs, rows: np.ndarray, ends: tuple[int, int], sampling_share: float = 0.0
) -> TranslationBatch:
    """Put some pairs into a batch.

    Args:
        encoded: the pairs.
        rows: which.
        ends: the symbols that end a source and a target; the latter also begins.
        sampling_share: see `TranslationBatch`.
    """
    source, source_lengths = pad_with_end([encoded.sources[i] for i in rows], ends[0])
    targets, lengths = pad_with_end([encoded.targets[i] for i in rows], ends[1])
    begin = torch.full((len(rows), 1), ends[1])
    inputs = TranslationInputs(source, source_lengths, torch.cat([begin, targets[:, :-1]], 1))
    return TranslationBatch(inputs, targets, lengths, torch.tensor(sampling_share))


def pad_with_end(symbols: Sequence[np.ndarray], end: int) -> tuple[Tensor, Tensor]:
    """Put sentences side by side, each with the end behind it: (B, S) and lengths (B,)."""
    return batches.pad([np.append(sentence, end) for sentence in symbols], np.arange(len(symbols)))


@dataclass
class TranslationDataModule:
    """Pairs to learn from, in batches of like length.

    Attributes:
        config: the settings.
        train: the pairs.
        ends: the symbols that end a source and a target.
        unit, warnings: see `recurra.training.data_module.DataModule`.
    """

    config: TranslatorConfig
    train: EncodedPairs
    ends: tuple[int, int]
    unit: str = "symbols"
    warnings: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.lengths = self.train.lengths

    def _rows(self, epoch: int) -> list[np.ndarray]:
        """Which pairs are in each batch of an epoch."""
        config = self.config
        return batches.bucketed_batches(self.lengths, config.batch_tokens, config.batch_size, config.seed, epoch)

    def steps_per_epoch(self, epoch: int) -> int:
        """Count the batches of an epoch."""
        return len(self._rows(epoch))

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[TranslationBatch | None]:
        """Give the batches of an epoch; the share of scheduled sampling grows with the position in the training."""
        of_epoch = self._rows(epoch)
        for number in range(start, len(of_epoch)):
            done = (epoch + number / len(of_epoch)) / self.config.epochs
            rows = batches.shard(of_epoch[number], rank, world_size)
            share = self.config.scheduled_sampling * done
            yield batch_of(self.train, rows, self.ends, share) if len(rows) else None
