"""What a tagger learns from: sentences as numbers, in batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from recurra.data import batches
from recurra.tasks.tagging.config import TaggerConfig


@dataclass
class Encoded:
    """Sentences as numbers.

    tokens: which form each word is, (T,). labels: (T, columns). forms: themselves, `Forms`. states: those of a language
    model at each word, (T, S), by sentence; empty without one.
    """

    tokens: list[np.ndarray]
    labels: list[np.ndarray]
    forms: Any
    states: Any = ()

    def __len__(self) -> int:
        return len(self.tokens)

    def batch(self, rows: Sequence[int]) -> list[Tensor]:
        """Tokens, lengths, forms and maybe states of some sentences, with only the forms that they have."""
        found, places = np.unique(np.concatenate([self.tokens[i] for i in rows]), return_inverse=True)
        lengths = np.asarray([len(self.tokens[i]) for i in rows])
        tokens = np.zeros((len(lengths), lengths.max()), np.int64)
        tokens[np.arange(tokens.shape[1]) < lengths[:, None]] = places
        forms = [part[found] for part in self.forms]
        forms[3] = forms[3][:, : forms[4].max()]
        given = [torch.from_numpy(np.ascontiguousarray(part)) for part in (tokens, lengths, *forms)]
        if self.states:
            given.append(pad_sequence([torch.from_numpy(self.states[i]) for i in rows], batch_first=True))
        return given


@dataclass
class TaggerLesson:
    """Sentences to learn from and, maybe, some to validate on, for the training loop."""

    network: Any
    config: TaggerConfig
    train: Encoded
    valid: Any
    unit: str = "words"
    loss_unit: str = "nats a word"
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.monitor = "train_loss" if self.valid is None else "valid_error"

    def steps_per_epoch(self, epoch: int) -> int:
        """Batches of an epoch."""
        return -(-len(self.train) // self.config.batch_size)

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[tuple[Tensor, ...]]:
        """Give tokens, lengths, forms and labels."""
        size, seed = self.config.batch_size, self.config.seed
        for own in batches.of_epoch(len(self.train), size, seed, epoch, start, rank, world_size):
            if not len(own):
                yield ()
                continue
            given = self.train.batch(own.tolist())
            yield *given, batches.pad_answers(self.train.labels, own, given[0].shape[1], True)

    def size(self, batch: tuple[Tensor, ...]) -> int:
        """Count the words."""
        return int(batch[1].sum())

    def weight(self, batch: tuple[Tensor, ...]) -> float:
        """What the loss is a mean over: the same."""
        return self.size(batch)

    def evaluate(self, network: Any) -> dict[str, float]:
        """Score the validation part, which does so itself."""
        scored: dict[str, float] = {} if self.valid is None else self.valid(network)
        return scored
