"""What a tagger learns from: sentences as numbers, in batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from recurra.data import batches
from recurra.data.sentences.lexicon import WordFeatures
from recurra.tasks.tagging.config import TaggerConfig
from recurra.tasks.tagging.network import TaggerBatch, TaggerInputs

MONITOR = "valid_error"  # the score that chooses the weights


@dataclass
class EncodedSentences:
    """Sentences as numbers.

    Attributes:
        tokens: which form each word is, (T,), of each sentence.
        labels: (T, columns), of each sentence.
        forms: the forms themselves.
        states: those of a language model at each word, (T, S), by sentence; empty without one.
    """

    tokens: list[np.ndarray]
    labels: list[np.ndarray]
    forms: WordFeatures
    states: Any = ()

    def __len__(self) -> int:
        return len(self.tokens)

    def inputs(self, rows: Sequence[int]) -> tuple[TaggerInputs, Tensor]:
        """Give some sentences as a network reads them, with only the forms that they have, and their lengths (B,)."""
        chosen = [self.tokens[i] for i in rows]
        used, renumbered = np.unique(np.concatenate(chosen), return_inverse=True)
        lengths = np.asarray([len(sentence) for sentence in chosen])  # (B,)
        tokens = np.zeros((len(lengths), lengths.max()), np.int64)  # (B, T)
        tokens[np.arange(tokens.shape[1]) < lengths[:, None]] = renumbered
        forms = WordFeatures(*(part[used] for part in self.forms))
        longest = forms.lengths.max()
        forms = forms._replace(characters=forms.characters[:, :longest])
        context = None
        if self.states:
            context = pad_sequence([torch.from_numpy(self.states[i]) for i in rows], batch_first=True)
        inputs = TaggerInputs(
            _tensor(tokens),
            _tensor(forms.words),
            _tensor(forms.capitals),
            _tensor(forms.affixes),
            _tensor(forms.characters),
            _tensor(forms.lengths),
            context,
        )
        return inputs, _tensor(lengths)


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array))


@dataclass
class TaggerDataModule:
    """Sentences to learn from, in batches."""

    config: TaggerConfig
    train: EncodedSentences
    unit: str = "words"
    warnings: Sequence[str] = ()

    def steps_per_epoch(self, epoch: int) -> int:
        """Count the batches of an epoch."""
        return -(-len(self.train) // self.config.batch_size)

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[TaggerBatch | None]:
        """Give the batches of an epoch, in another order each epoch."""
        size, seed = self.config.batch_size, self.config.seed
        for rows in batches.epoch_batches(len(self.train), size, seed, epoch, start, rank, world_size):
            yield self._batch(rows) if len(rows) else None

    def _batch(self, rows: np.ndarray) -> TaggerBatch:
        inputs, lengths = self.train.inputs(rows.tolist())
        labels = batches.pad_answers(self.train.labels, rows, inputs.tokens.shape[1], True)
        return TaggerBatch(inputs, lengths, labels)
