"""What a translator learns from: pairs as symbols, in batches of like length."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recurra.data import batches
from recurra.data.pairs.sentence_pairs import Pairs
from recurra.data.pairs.skipped import LeftOut
from recurra.errors import DataError
from recurra.tasks.translation.config import TranslatorConfig


@dataclass
class Encoded:
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


def fit_for_learning(pairs: Pairs, encoded: Encoded, config: TranslatorConfig) -> tuple[Encoded, list[str]]:
    """Leave out pairs that nothing can be learnt from, and say how many these are.

    Args:
        pairs: as texts.
        encoded: the same as symbols.
        config: says how long a side may be, and how much longer than the other.

    Raises:
        DataError: none is left.
    """
    fit, left = Encoded([], []), LeftOut()
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


def batch_of(encoded: Encoded, rows: np.ndarray, ends: tuple[int, int]) -> list[Tensor]:
    """Sources, their lengths, what a decoder reads, what it is to write, and the lengths of these."""
    source, source_lengths = pad_with_end([encoded.sources[i] for i in rows], ends[0])
    targets = [encoded.targets[i] for i in rows]
    wanted, lengths = pad_with_end(targets, ends[1])
    given = torch.cat([torch.full((len(rows), 1), ends[1]), wanted[:, :-1]], 1)
    return [source, source_lengths, given, wanted, lengths]


def pad_with_end(symbols: Sequence[np.ndarray], end: int) -> tuple[Tensor, Tensor]:
    """Put sentences side by side, each with the end behind it: (B, S) and lengths (B,)."""
    return batches.pad([np.append(one, end) for one in symbols], np.arange(len(symbols)))


@dataclass
class TranslationLesson:
    """Pairs to learn from and, maybe, some to validate on, for the training loop."""

    network: Any
    config: TranslatorConfig
    train: Encoded
    ends: tuple[int, int]
    valid: Callable[[Any], dict[str, float]] | None
    unit: str = "symbols"
    loss_unit: str = "nats a symbol"
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.monitor = "train_loss" if self.valid is None else "valid_error"
        self.lengths = self.train.lengths

    def _cut(self, epoch: int) -> list[np.ndarray]:
        config = self.config
        return batches.of_like_length(self.lengths, config.batch_tokens, config.batch_size, config.seed, epoch)

    def steps_per_epoch(self, epoch: int) -> int:
        """Batches of an epoch."""
        return len(self._cut(epoch))

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[tuple[Tensor, ...]]:
        """Give sources, targets and the share of scheduled sampling."""
        cut = self._cut(epoch)
        for number, rows in list(enumerate(cut))[start:]:
            done = (epoch + number / len(cut)) / self.config.epochs
            share = torch.tensor(self.config.scheduled_sampling * done)
            own = batches.share(rows, rank, world_size)
            yield (*batch_of(self.train, own, self.ends), share) if len(own) else ()

    def size(self, batch: tuple[Tensor, ...]) -> int:
        """Count the symbols to write."""
        return int(batch[4].sum())

    def weight(self, batch: tuple[Tensor, ...]) -> float:
        """What the loss is a mean over: the same."""
        return self.size(batch)

    def evaluate(self, network: Any) -> dict[str, float]:
        """Score the validation part, which does so itself."""
        return {} if self.valid is None else self.valid(network)
