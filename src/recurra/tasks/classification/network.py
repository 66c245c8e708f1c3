"""The network that reads sequences and answers them, and its loss.

What it learns from is in `recurra.tasks.classification.data`, the jobs over it in `recurra.tasks.classification.task`.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.data.sequences.answers import Answers
from recurra.nn import Dropout, Linear
from recurra.nn.embedded_input import read_symbols
from recurra.nn.generators import generator_for
from recurra.nn.layout import State
from recurra.nn.pooling import Pooling
from recurra.nn.standardize import Standardize
from recurra.nn.step_mask import step_mask
from recurra.tasks.recurrent_stack import recurrent_stack
from recurra.training.batch import Batch
from recurra.training.supervised_network import SupervisedNetwork


@dataclass(frozen=True)
class SequenceBatch(Batch):
    """Sequences and their right answers.

    Attributes:
        inputs: features (B, T, I), or symbols (B, T) int64.
        lengths: steps of each sequence that are no padding, (B,).
        targets: answers as numbers, (B, ...); with one at every step (B, T, ...).
        weights: how much each sequence counts, (B,); None, all alike.
    """

    inputs: Tensor
    lengths: Tensor
    targets: Tensor
    weights: Tensor | None = None

    @property
    def size(self) -> int:
        """Sequences."""
        return len(self.inputs)


class SequenceNetwork(SupervisedNetwork[SequenceBatch]):
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
        self.loss_unit = "squared deviations" if answers.kind == "number" else "nats an answer"
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
        self.recurrence = self._make_recurrence(width, config)
        size = config.hidden_size * self.recurrence.num_directions
        self.pooling = Pooling("last" if answers.per_step else config.pooling, size)
        self.dropout = Dropout(config.dropout)
        self.head = Linear(size, answers.outputs)
        self.register_buffer("class_weight", torch.ones(max(answers.outputs, len(answers.labels))))

    def _make_recurrence(self, width: int, config: Any) -> Any:
        """Make what carries a state along vectors of this width: called as `recurra.nn.Recurrent` is."""
        return recurrent_stack(config, width, bidirectional=config.bidirectional)

    def forward(
        self, inputs: Tensor, lengths: Tensor | None = None, state: State | None = None
    ) -> tuple[Tensor, State]:
        """Answer sequences.

        Args:
            inputs: features (B, T, I), or symbols (B, T).
            lengths: steps of each sequence that are no padding, (B,); None where all are.
            state: of the recurrence, as returned for what came before; None at the beginning.

        Returns:
            Scores of the answers, (B, outputs), or (B, T, outputs) with an answer at every step: before softmax or
            sigmoid, and of numbers in deviations; and the state of the recurrence then.
        """
        outputs, after = self._read(inputs, lengths, state)  # (B, T, D H)
        if not self.answers.per_step:
            outputs = self.pooling(outputs, self.last_state(after), lengths)  # (B, D H)
        logits: Tensor = self.head(self.dropout(outputs))
        return logits, after

    def loss(self, batch: SequenceBatch, state: Any = None) -> tuple[Tensor, None]:
        """Compute the loss of a batch.

        Args:
            batch: sequences and answers.
            state: nothing: sequences do not go on from batch to batch.

        Returns:
            Mean loss, nats an answer, of numbers the squared error in deviations; and no state.
        """
        logits, _ = self(batch.inputs, unless_full(batch.lengths, batch.inputs.shape[1]))
        targets, weights = batch.targets, batch.weights
        if self.answers.per_step:
            mask = step_mask(batch.lengths, batch.inputs.shape[1])  # (B, T)
            logits, targets = logits[mask], targets[mask]  # (N, outputs), (N, ...)
            weights = None if weights is None else weights.repeat_interleave(batch.lengths)
        return self.mean_loss(logits, targets, weights), None

    def loss_weight(self, batch: SequenceBatch) -> float:
        """Give what the loss is a mean over: answers, of classes each with the weight of its class."""
        targets = batch.targets
        if self.answers.per_step:
            targets = targets[step_mask(batch.lengths, batch.inputs.shape[1])]  # (N, ...)
        if batch.weights is not None or self.answers.kind != "class":
            return len(targets)
        return float(self.class_weight[targets].sum())

    def _read(self, inputs: Tensor, lengths: Tensor | None, state: State | None) -> tuple[Tensor, State]:
        """Outputs of the recurrence at each step, (B, T, D H), and its state then."""
        if self.standardize is None:
            vectors, dropout = self.embedding.weight, self.input_dropout
            outputs, after = read_symbols(self.recurrence, inputs, vectors, dropout, state, lengths=lengths)
            return outputs, after
        x = self.standardize(inputs)
        if self.training and self.noise:
            x = x + torch.empty_like(x).normal_(generator=generator_for(x)) * self.noise
        outputs, after = self.recurrence(self.input_dropout(x), state, lengths=lengths)
        return outputs, after

    def last_state(self, state: State) -> Tensor:
        """The final states of the last layer's directions side by side, (B, D H)."""
        h = state[0] if isinstance(state, tuple) else state
        last: Tensor = h[-1] if self.recurrence.num_directions == 1 else torch.cat(list(h[-2:]), -1)
        return last

    def mean_loss(self, logits: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """Give the mean loss of scores (N, outputs) against answers (N, ...), which may be weighted, (N,)."""
        if weights is not None:
            return (self.losses(logits, targets) * weights).mean()
        kind = self.answers.kind
        if kind == "number":
            return F.mse_loss(logits, targets)
        if kind == "labels":
            return F.binary_cross_entropy_with_logits(logits, self._smooth(targets), pos_weight=self.class_weight)
        if self.answers.outputs > 1:
            return F.cross_entropy(logits, targets, self.class_weight, label_smoothing=self.smoothing)
        return self.losses(logits, targets).sum() / self.class_weight[targets].sum()

    def losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss of each answer, (N,), whose mean is `mean_loss` where all classes count alike."""
        kind = self.answers.kind
        if kind == "number":
            return F.mse_loss(logits, targets, reduction="none").mean(-1)
        if kind == "labels":
            each = F.binary_cross_entropy_with_logits(
                logits, self._smooth(targets), pos_weight=self.class_weight, reduction="none"
            )
            return each.mean(-1)
        if self.answers.outputs > 1:
            return F.cross_entropy(logits, targets, self.class_weight, label_smoothing=self.smoothing, reduction="none")
        smoothed = self._smooth(targets.to(logits.dtype))
        each = F.binary_cross_entropy_with_logits(logits[:, 0], smoothed, reduction="none")
        return each * self.class_weight[targets]

    def _smooth(self, targets: Tensor) -> Tensor:
        """Draw answers, 0 or 1, towards the middle."""
        return targets * (1 - self.smoothing) + 0.5 * self.smoothing


def unless_full(lengths: Tensor, steps: int) -> Tensor | None:
    """Give lengths (B,); None where no sequence of a batch is padded, which is read sooner."""
    return None if bool((lengths == steps).all()) else lengths
