"""The network that reads sequences and answers them: settings, network and loss.

What it learns from is in `recurra.tasks.classification.data`, the jobs over it in `recurra.tasks.classification.task`.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.data.sequences.answers import Answers
from recurra.nn import Dropout, Recurrent
from recurra.nn.cells import CELLS
from recurra.nn.generators import generator_for
from recurra.nn.pooling import Pooling
from recurra.nn.standardize import Standardize
from recurra.nn.symbols import read_symbols


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
        self.recurrence.copies_output = False
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
