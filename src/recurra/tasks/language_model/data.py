"""What a language model learns from: a text as contiguous streams, in batches."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recurra.data.text.corpus import Corpus
from recurra.data.text.streams import Streams
from recurra.tasks.language_model.config import LanguageModelConfig
from recurra.tasks.language_model.network import LanguageBatch, LanguageNetwork
from recurra.tasks.language_model.scores import WINDOW, nats_of
from recurra.training import precision

MONITOR = "valid_nats_per_token"  # the score that chooses the weights


@dataclass
class LanguageDataModule:
    """A text to learn from, cut into batches of streams, and one to validate on."""

    config: LanguageModelConfig
    train: Corpus
    valid: Corpus
    unit: str = "tokens"
    warnings: Sequence[str] = ()

    def _streams(self, epoch: int, rank: int = 0, world_size: int = 1) -> list[Streams]:
        """Cut the text differently each epoch; a second direction reads it from the end."""
        length, size = self.config.sequence_length, self.config.batch_size
        spare = min(length, max(1, (len(self.train) - 2 * size) // 2))
        offset = int(np.random.default_rng([self.config.seed, epoch]).integers(spare)) if epoch else 0
        shares = (size, length, offset)
        reverses = (False, True) if self.config.bidirectional else (False,)
        return [Streams(self.train, *shares, reverse, rank, world_size) for reverse in reverses]

    def steps_per_epoch(self, epoch: int) -> int:
        """Count the batches of an epoch."""
        return len(self._streams(epoch)[0])

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[LanguageBatch]:
        """Give the batches of an epoch, each of which goes on where the one before ended."""
        directions = [streams.batches(start) for streams in self._streams(epoch, rank, world_size)]
        for pairs in zip(*directions, strict=True):
            inputs, targets = zip(*pairs, strict=True)
            yield LanguageBatch(_joined(inputs), _joined(targets))

    def score(self, network: LanguageNetwork) -> dict[str, float]:
        """Score the validation text, read in up to 32 streams for speed and in the precision of the loss."""
        count = max(1, min(32, len(self.valid) // (4 * WINDOW)))
        means = []
        for direction in network.directions:
            streams = Streams(self.valid, count, WINDOW, reverse=direction == "backward")
            with precision.of_loss(self.config, network.bias.device):
                nats, symbols = nats_of(network, streams.batches(), direction, carry=True)
            means.append(nats / symbols)
        mean = sum(means) / len(means)
        return {MONITOR: mean, "valid_perplexity": math.exp(min(mean, 700))}


def _joined(directions: Sequence[Tensor]) -> Tensor:
    """Symbols (B, T) as they are, or those of two directions as (B, 2, T)."""
    return directions[0] if len(directions) == 1 else torch.stack(tuple(directions), 1)
