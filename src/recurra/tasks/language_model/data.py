"""What a language model learns from: a text as contiguous streams, in batches."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn

from recurra.data.text.corpus import Corpus
from recurra.data.text.streams import Streams
from recurra.tasks.language_model.config import LanguageModelConfig
from recurra.tasks.language_model.scores import WINDOW, nats_of


@dataclass
class LanguageLesson:
    """A text to learn from and one to validate on, for the training loop."""

    network: nn.Module
    config: LanguageModelConfig
    train: Corpus
    valid: Corpus
    monitor: str = "valid_nats_per_token"
    unit: str = "tokens"
    loss_unit: str = "nats a token"
    notes: Sequence[str] = ()

    def _streams(self, epoch: int, rank: int = 0, world_size: int = 1) -> list[Streams]:
        """Cut the text differently each epoch; a second direction reads it from the end."""
        length, size = self.config.sequence_length, self.config.batch_size
        spare = min(length, max(1, (len(self.train) - 2 * size) // 2))
        offset = int(np.random.default_rng([self.config.seed, epoch]).integers(spare)) if epoch else 0
        shares = (size, length, offset)
        reverses = (False, True) if self.config.direction == "both" else (False,)
        return [Streams(self.train, *shares, reverse, rank, world_size) for reverse in reverses]

    def steps_per_epoch(self, epoch: int) -> int:
        """Batches of an epoch."""
        return len(self._streams(epoch)[0])

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[tuple[Tensor, ...]]:
        """Give inputs and targets, (B, T) each, a pair for each direction."""
        directions = [streams.batches(start) for streams in self._streams(epoch, rank, world_size)]
        for pairs in zip(*directions, strict=True):
            yield tuple(part for pair in pairs for part in pair)

    def size(self, batch: tuple[Tensor, ...]) -> int:
        """Count the predicted symbols."""
        return batch[0].numel()

    def weight(self, batch: tuple[Tensor, ...]) -> float:
        """What the loss is a mean over: the same."""
        return self.size(batch)

    def evaluate(self, network: Any) -> dict[str, float]:
        """Score the validation text, read in up to 32 streams for speed."""
        streams = max(1, min(32, len(self.valid) // (4 * WINDOW)))
        per_direction = [
            nats_of(
                network, Streams(self.valid, streams, WINDOW, reverse=name == "backward").batches(), name, carry=True
            )
            for name in network.directions
        ]
        nats = sum(total / count for total, count in per_direction) / len(per_direction)
        return {self.monitor: nats, "valid_perplexity": math.exp(min(nats, 700))}
