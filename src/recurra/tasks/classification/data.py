"""What a classifier or regressor learns from: sequences as numbers, in batches; and how a network reads many."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from recurra.data import batches
from recurra.data.sequences import statistics
from recurra.errors import DataError
from recurra.metrics import answers as scores
from recurra.tasks.classification.config import SequenceConfig
from recurra.tasks.classification.network import SequenceBatch, SequenceNetwork, unless_full
from recurra.training.validation import evaluating

MONITOR = "valid_loss"  # the score that chooses the weights
_READ_AT_ONCE = 256  # sequences at most, when nothing is learnt
_STEPS_AT_ONCE = 1 << 15  # steps at most, with what pads them; a longer sequence is read alone


@dataclass
class EncodedExamples:
    """Examples as numbers.

    Attributes:
        inputs: sequences, as `batches.pad` takes them.
        answers: of each sequence.
        weights: how much each counts, (N,); None, all alike.
        where: what an error calls one of them, by position.
    """

    inputs: Any
    answers: list[np.ndarray]
    weights: np.ndarray | None = None
    where: Callable[[int], str] = str

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass
class SequenceDataModule:
    """Sequences to learn from and, maybe, some to validate on."""

    config: SequenceConfig
    train: EncodedExamples
    valid: EncodedExamples | None
    unit: str = "sequences"
    warnings: Sequence[str] = ()

    def steps_per_epoch(self, epoch: int) -> int:
        """Count the batches of an epoch."""
        return -(-len(self.train) // self.config.batch_size)

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[SequenceBatch | None]:
        """Give the batches of an epoch, in another order each epoch."""
        size, seed = self.config.batch_size, self.config.seed
        for rows in batches.epoch_batches(len(self.train), size, seed, epoch, start, rank, world_size):
            yield self._batch(np.sort(rows)) if len(rows) else None

    def _batch(self, rows: np.ndarray) -> SequenceBatch:
        inputs, lengths = batches.pad(self.train.inputs, rows)
        targets = batches.pad_answers(self.train.answers, rows, inputs.shape[1], self.config.per_step)
        weights = None if self.train.weights is None else batches.as_tensor(self.train.weights[rows])
        return SequenceBatch(inputs, lengths, targets, weights)

    def score(self, network: SequenceNetwork) -> dict[str, float]:
        """Score the validation part."""
        if self.valid is None:
            return {}
        answers, device = network.answers, network.head.weight.device
        logits = answers.concatenate(run(network, self.valid.inputs, self.valid.where))
        targets = answers.concatenate(self.valid.answers)
        weights = _of_answers(self.valid, self.config.per_step)
        arrays = [logits, targets, *([] if weights is None else [weights])]
        with torch.inference_mode():
            loss = network.mean_loss(*(batches.as_tensor(array).to(device) for array in arrays))
        return {MONITOR: float(loss)} | scores.short(answers, logits, targets)


def _of_answers(examples: EncodedExamples, per_step: bool) -> np.ndarray | None:
    """How much each answer counts, where there are weights: as much as its sequence."""
    if examples.weights is None or not per_step:
        return examples.weights
    return np.repeat(examples.weights, [len(steps) for steps in examples.answers])


@torch.inference_mode()
def run(network: SequenceNetwork, inputs: Any, where: Callable[[int], str] = str) -> list[np.ndarray]:
    """Give the scores of sequences, (outputs,) each, or (T, outputs) with an answer at every step.

    Sequences of like length are read at once, so many that what is held for them, a few numbers a step and unit, stays
    near what training holds, however long they are.

    Args:
        network: a `SequenceNetwork`.
        inputs: as of `batches.pad`.
        where: what an error calls a sequence, by position.

    Raises:
        DataError: a number is infinite, or the answer to it is; names the sequence.
    """
    device = network.head.weight.device
    answered: list[Any] = [None] * len(inputs)
    with evaluating(network):
        for rows in batches.longest_first([len(x) for x in inputs], _STEPS_AT_ONCE, _READ_AT_ONCE):
            x, lengths = batches.pad(inputs, np.asarray(rows))
            statistics.refuse_infinite(x, where, np.asarray(rows))
            logits, _ = network(x.to(device), unless_full(lengths.to(device), x.shape[1]))
            scored = logits.cpu().numpy()  # (B, outputs) or (B, T, outputs)
            for i, row in enumerate(rows):
                answered[row] = scored[i, : lengths[i]] if network.answers.per_step else scored[i]
            if not np.isfinite(scored).all():  # asked of all at once, which takes less than of each
                _refuse_no_answer(answered, rows, where)
    return answered


def _refuse_no_answer(answered: list[Any], rows: list[int], where: Callable[[int], str]) -> None:
    """Refuse the first of some sequences whose scores are not finite; those of padding do not count."""
    for row in rows:
        if not np.isfinite(answered[row]).all():
            raise DataError(f"{where(row)}: expected numbers like those of the training, got what has no answer")
