"""The network that reads sequences and answers them: settings, network and loss, and the lesson it learns from.

The jobs over it are in `recurra.tasks.classification`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.data import batches, statistics
from recurra.data.answers import Answers
from recurra.data.table_columns import ColumnNames
from recurra.errors import DataError
from recurra.nn import Dropout, Recurrent
from recurra.nn.cells import CELLS
from recurra.nn.generators import generator_for
from recurra.nn.pooling import Pooling
from recurra.nn.standardize import Standardize
from recurra.nn.symbols import read_symbols
from recurra.tasks import scores
from recurra.training.ranges import (
    Count,
    Epochs,
    Layers,
    NotNegative,
    Positive,
    Share,
    Size,
    SizeOrZero,
    VocabularySize,
)
from recurra.training.settings import TrainingConfig, require

_READ_AT_ONCE = 256  # sequences at most, when nothing is learnt
_STEPS_AT_ONCE = 1 << 15  # steps at most, with what pads them; a longer sequence is read alone


@dataclass(kw_only=True)
class SequenceConfig(TrainingConfig):
    """Settings of a network that reads sequences and answers."""

    epochs: Epochs = 30
    """Passes over the training data."""
    batch_size: Count = 32
    """Sequences learnt from at once, over all processes."""
    learning_rate: Positive = 3e-3
    """Size of the steps, at their largest."""
    cell: str = "lstm"
    """Recurrent cell: rnn, lstm or gru."""
    activation: Literal["tanh", "relu"] = "tanh"
    """Of the rnn cell."""
    hidden_size: Size = 128
    """Units of each recurrent layer and direction."""
    num_layers: Layers = 1
    """Recurrent layers, one on another."""
    bidirectional: bool = True
    """Whether a second recurrence reads from the end."""
    pooling: Literal["last", "mean", "max", "attention"] = "last"
    """What the answer is read from: the last state, or the outputs of all steps."""
    every_step: bool = False
    """Whether there is an answer at every step."""
    dropout: Share = 0.2
    """Dropped outputs of every recurrent layer, and of what the answer is read from."""
    input_dropout: Share = 0.0
    """Dropped inputs: features, or of texts the numbers of the symbols' vectors."""
    noise: NotNegative = 0.0
    """Deviation of noise added to standardized features in training."""
    standardize: bool = True
    """Whether features are centred and scaled by what they are like in the training data."""
    tokenizer: Literal["auto", "char", "word", "bpe"] = "auto"
    """Symbols of texts; auto takes characters where most texts are one word, else words."""
    vocabulary_size: VocabularySize = 0
    """Symbols at most; 0 means all characters, 10,000 words, or 4,096 byte pairs."""
    lowercase: bool = False
    """Whether texts are read in small letters."""
    embedding_size: SizeOrZero = 0
    """Size of the symbols' vectors; 0 takes hidden_size."""
    valid_fraction: Share = 0.1
    """Share of the data held out to choose the best weights by, when no validation data is given and there are at
    least 100 examples; 0 learns from all, and keeps the weights of the epoch with the lowest training loss."""

    label: str = ""
    """Column of a table, or key of JSON lines, that is to be answered; where empty, the one called label, class or
    target."""
    group: str = ""
    """Column that names the sequence a row is a step of; where empty, the one called sequence or id."""
    time: str = ""
    """Column that orders the steps of a sequence; without a column that names sequences, all rows of a file are one."""
    text: str = ""
    """Column, or key, of the texts to read; where empty, the one called text or sentence."""
    ignore: str = ""
    """Columns of a table to leave out, between commas."""

    @property
    def column_names(self) -> ColumnNames:
        """The columns of tables that were named."""
        return ColumnNames(self.label, self.group, self.time, self.text, self.ignore, self.every_step)

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "cell", self.cell in CELLS, f"one of {', '.join(CELLS)}")


@dataclass(kw_only=True)
class SequenceClassifierConfig(SequenceConfig):
    """Settings of a classifier."""

    class_weight: Any = None
    """How much each class counts: None, all alike; "balanced", in inverse proportion to how often it comes; or a
    dictionary of weights by class."""
    label_smoothing: Share = 0.0
    """Share of each answer that is spread over all classes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        weight = self.class_weight
        fits = (
            weight is None or isinstance(weight, dict) or (isinstance(weight, str) and weight in ("none", "balanced"))
        )
        require(self, "class_weight", fits, "None, 'balanced' or weights by class")


# --- the network ------------------------------------------------------------------------------------------------------


class SequenceNetwork(nn.Module):
    """An encoder of steps, a recurrence, and a head.

    Args:
        symbols: of texts, V; or 0, and the inputs are `features` numbers, `marked` of which may be missing.
        answers: what the head gives.
        config: the settings.
    """

    class_weight: Tensor

    def __init__(self, symbols: int, features: int, marked: int, answers: Answers, config: Any):
        super().__init__()
        self.answers, self.noise = answers, config.noise
        self.smoothing = getattr(config, "label_smoothing", 0.0)
        self.standardize: Standardize | None = None
        if symbols:
            width = config.embedding_size or config.hidden_size
            self.embedding = nn.Embedding(symbols, width)
            nn.init.normal_(self.embedding.weight, std=0.1)
        else:
            self.standardize = Standardize(features, marked)
            width = self.standardize.size
        self.input_dropout = Dropout(config.input_dropout)
        cell = "relu" if config.cell == "rnn" and config.activation == "relu" else config.cell
        self.recurrence = Recurrent(
            CELLS[cell],
            width,
            config.hidden_size,
            config.num_layers,
            batch_first=True,
            dropout=config.dropout,
            bidirectional=config.bidirectional,
            orthogonal=True,
            forget_bias=1.0,
        )
        size = config.hidden_size * self.recurrence.num_directions
        self.pooling = Pooling("last" if answers.every_step else config.pooling, size)
        self.dropout = Dropout(config.dropout)
        self.head = nn.Linear(size, answers.outputs)
        self.register_buffer("class_weight", torch.ones(max(answers.outputs, len(answers.labels))))

    def forward(self, x: Tensor, lengths: Tensor, y: Tensor, *more: Any) -> tuple[Tensor, Any]:
        """Compute the loss.

        Args:
            x: features (B, T, I), or symbols (B, T).
            lengths: real steps, (B,).
            y: answers as numbers, (B, ...), or (B, T, ...) with one at every step.
            more: the weights of the sequences, (B,), where they have any; and the state, which is nothing: sequences do
                not go on from batch to batch.

        Returns:
            Mean loss: nats an answer; of numbers the squared error, in deviations.
        """
        given = self.scores(x, lengths)
        weights = more[0] if len(more) == 2 else None
        if self.answers.every_step:
            real = torch.arange(x.shape[1], device=x.device) < lengths.unsqueeze(-1)
            given, y = given[real], y[real]
            weights = None if weights is None else weights.repeat_interleave(lengths)
        return self.loss(given, y, weights), None

    def scores(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Give what the head says: (B, outputs), or (B, T, outputs) with an answer at every step."""
        some = None if bool((lengths == x.shape[1]).all()) else lengths
        outputs, state = self._read(x, some)
        if not self.answers.every_step:
            outputs = self.pooling(outputs, self._last(state), some)
        given: Tensor = self.head(self.dropout(outputs))
        return given

    def _read(self, x: Tensor, lengths: Tensor | None) -> tuple[Tensor, Any]:
        if self.standardize is None:
            return read_symbols(self.recurrence, x, self.embedding.weight, self.input_dropout, lengths=lengths)
        x = self.standardize(x)
        if self.training and self.noise:
            x = x + torch.empty_like(x).normal_(generator=generator_for(x)) * self.noise
        return self.recurrence(self.input_dropout(x), lengths=lengths)

    def _last(self, state: Any) -> Tensor:
        """The final states of the last layer's directions side by side, (B, D H)."""
        h = state[0] if isinstance(state, tuple) else state
        last: Tensor = h[-1] if self.recurrence.num_directions == 1 else torch.cat(list(h[-2:]), -1)
        return last

    def loss(self, given: Tensor, y: Tensor, weights: Tensor | None = None) -> Tensor:
        """Give the mean loss of scores (N, outputs) against answers (N, ...), which may be weighted, (N,)."""
        if weights is not None:
            return (self._losses(given, y) * weights).mean()
        kind = self.answers.kind
        if kind == "number":
            return F.mse_loss(given, y)
        if kind == "labels":
            return F.binary_cross_entropy_with_logits(given, self._smooth(y), pos_weight=self.class_weight)
        if self.answers.outputs > 1:
            return F.cross_entropy(given, y, self.class_weight, label_smoothing=self.smoothing)
        weight = self.class_weight[y]
        each = F.binary_cross_entropy_with_logits(given[:, 0], self._smooth(y.to(given.dtype)), reduction="none")
        return (each * weight).sum() / weight.sum()

    def _losses(self, given: Tensor, y: Tensor) -> Tensor:
        """The loss of each answer, (N,), whose mean is `loss` where all classes count alike."""
        kind = self.answers.kind
        if kind == "number":
            return F.mse_loss(given, y, reduction="none").mean(-1)
        if kind == "labels":
            each = F.binary_cross_entropy_with_logits(
                given, self._smooth(y), pos_weight=self.class_weight, reduction="none"
            )
            return each.mean(-1)
        if self.answers.outputs > 1:
            return F.cross_entropy(given, y, self.class_weight, label_smoothing=self.smoothing, reduction="none")
        each = F.binary_cross_entropy_with_logits(given[:, 0], self._smooth(y.to(given.dtype)), reduction="none")
        return each * self.class_weight[y]

    def _smooth(self, y: Tensor) -> Tensor:
        return y * (1 - self.smoothing) + 0.5 * self.smoothing


# --- the lesson -------------------------------------------------------------------------------------------------------


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
