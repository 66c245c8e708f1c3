"""What a classifier or regressor learns from: sequences as numbers, in batches; and how a network reads many."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recurra.data import batches
from recurra.data.sequences import statistics
from recurra.errors import DataError
from recurra.metrics import answers as scores
from recurra.tasks.classification.config import SequenceConfig

_READ_AT_ONCE = 256  # sequences at most, when nothing is learnt
_STEPS_AT_ONCE = 1 << 15  # steps at most, with what pads them; a longer sequence is read alone


@dataclass
class Encoded:
    """Examples as numbers; `where` says what an error calls one of them, by position."""

    inputs: Any
    answers: list[np.ndarray]
    weights: np.ndarray | None = None
    where: Callable[[int], str] = str

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass
class SequenceLesson:
    """Sequences to learn from and, maybe, some to validate on, for the training loop."""

    network: Any
    config: SequenceConfig
    train: Encoded
    valid: Encoded | None
    unit: str = "sequences"
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.monitor = "train_loss" if self.valid is None else "valid_loss"
        is_number = self.network.answers.kind == "number"
        self.loss_unit = "squared deviations" if is_number else "nats an answer"

    def steps_per_epoch(self, epoch: int) -> int:
        """Batches of an epoch."""
        return -(-len(self.train) // self.config.batch_size)

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[tuple[Tensor, ...]]:
        """Give inputs, lengths, answers and, where there are any, weights."""
        size, seed, weights = self.config.batch_size, self.config.seed, self.train.weights
        for own in map(np.sort, batches.of_epoch(len(self.train), size, seed, epoch, start, rank, world_size)):
            if not len(own):
                yield ()
                continue
            x, lengths = batches.pad(self.train.inputs, own)
            every = self.network.answers.every_step
            more = () if weights is None else (batches.as_tensor(weights[own]),)
            yield x, lengths, batches.pad_answers(self.train.answers, own, x.shape[1], every), *more

    def size(self, batch: tuple[Tensor, ...]) -> int:
        """Count the sequences."""
        return len(batch[0])

    def weight(self, batch: tuple[Tensor, ...]) -> float:
        """What the loss is a mean over: answers, of classes each with the weight of its class."""
        x, lengths, y, *weights = batch
        if self.config.every_step:
            y = y[torch.arange(x.shape[1]) < lengths.unsqueeze(-1)]
        if weights or self.network.answers.kind != "class":
            return len(y)
        return float(self.network.class_weight[y.to(self.network.class_weight.device)].sum())

    def evaluate(self, network: Any) -> dict[str, float]:
        """Score the validation part."""
        if self.valid is None:
            return {}
        given = run(network, self.valid.inputs, self.valid.where)
        flat, y = network.answers.flat(given), network.answers.flat(self.valid.answers)
        device = network.head.weight.device
        with torch.inference_mode():
            loss = float(network.loss(*(batches.as_tensor(part).to(device) for part in (flat, y, *self._weights()))))
        return {"valid_loss": loss} | scores.short(network.answers, flat, y)

    def _weights(self) -> list[np.ndarray]:
        """The weights of the answers of the validation part, where there are any."""
        assert self.valid is not None
        if self.valid.weights is None:
            return []
        if not self.network.answers.every_step:
            return [self.valid.weights]
        return [np.repeat(self.valid.weights, [len(y) for y in self.valid.answers])]


@torch.inference_mode()
def run(network: Any, inputs: Any, where: Callable[[int], str] = str) -> list[np.ndarray]:
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
    training = network.training
    network.eval()
    device = network.head.weight.device
    given: list[Any] = [None] * len(inputs)
    for rows in batches.longest_first([len(x) for x in inputs], _STEPS_AT_ONCE, _READ_AT_ONCE):
        x, lengths = batches.pad(inputs, np.asarray(rows))
        statistics.refuse_infinite(x, where, np.asarray(rows))
        found = network.scores(x.to(device), lengths.to(device)).cpu().numpy()
        for row, scored, length in zip(rows, found, lengths.tolist(), strict=True):
            given[row] = scored[:length] if network.answers.every_step else scored
            if not np.isfinite(given[row]).all():
                raise DataError(f"{where(row)}: expected numbers like those of the training, got what has no answer")
    network.train(training)
    return given
