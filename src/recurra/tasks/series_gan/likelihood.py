"""A network that predicts the next row and has no opponent: the baseline of the generators."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.data.tables.feature import Feature
from recurra.nn import noise as random
from recurra.nn.step_mask import step_mask
from recurra.tasks.recurrent_stack import recurrent_stack
from recurra.tasks.series_gan.batch import SeriesBatch
from recurra.tasks.series_gan.heads import slices
from recurra.tasks.series_gan.network import SeriesNetwork, unless_full

_LEAST_DEVIATION = 1e-3  # of numbers between 0 and 1
_MOST_CORRELATED = 32  # numbers of a row whose correlations are learnt


class LikelihoodNetwork(SeriesNetwork):
    """A recurrence that gives a distribution of the next row: of its numbers a mixture of normal ones, of categories
    and marks probabilities (Graves, 2013).

    Each normal distribution has a full covariance, since the numbers of a row go together; categories are drawn each
    for itself. Numbers are predicted as departures from those of the row before.

    Args:
        features, context_size, config: as of `SeriesNetwork`.
    """

    continues = True
    is_differentiable = False
    phase = "likelihood"

    def __init__(self, features: Sequence[Feature], context_size: int, config: Any):
        super().__init__(features, context_size, config)
        parts = list(zip(features, slices(features), strict=True))
        self.numbers = [part.start for feature, part in parts if feature.kind == "number"]
        self.others = [(feature.kind, part) for feature, part in parts if feature.kind != "number"]
        count = len(self.numbers)
        self.correlated = count * (count - 1) // 2 if count <= _MOST_CORRELATED else 0
        self.mixtures = config.mixtures
        self.recurrence = recurrent_stack(config, self.size + 1 + context_size)
        mixture = 1 + 2 * count + self.correlated
        self.mixture_head = _head(config.hidden_size, self.mixtures * mixture if count else 0)
        self.other_head = _head(config.hidden_size, self.size - count)
        if count:
            nn.init.normal_(self.mixture_head.weight, std=0.01)

    # --- the likelihood --------------------------------------------------------------------------------------------

    def _inputs(self, rows: Tensor, there: Tensor, context: Tensor) -> Tensor:
        """Rows (B, T, F), whether they are rows or what stands before the first (B, T), and their context."""
        return self.with_context(torch.cat([rows * there[..., None], there[..., None]], -1), context)

    def log_probs(self, batch: SeriesBatch) -> Tensor:
        """Give the logarithm of the density of every row, (B, T), given those before it, in nats; 0 beyond the end."""
        first = batch.steps.new_zeros(len(batch.steps), 1, self.size)
        state = None
        if batch.before.shape[1] and bool((batch.before_lengths > 0).any()):
            first, state = self._read_before(batch)
        there = torch.ones(batch.steps.shape[:2], device=batch.steps.device)
        there[:, 0] = (batch.before_lengths > 0).to(there.dtype)
        rows = torch.cat([first, batch.steps[:, :-1]], 1)
        lengths = unless_full(batch.lengths, batch.steps.shape[1])
        outputs, _ = self.recurrence(self._inputs(rows, there, batch.context), state, lengths=lengths)
        log_probs = self._log_probs(outputs, rows, batch.steps)
        return log_probs * step_mask(batch.lengths, batch.steps.shape[1])

    def _read_before(self, batch: SeriesBatch) -> tuple[Tensor, Any]:
        """The last row before each window, (B, 1, F), and the state of the recurrence before that is read."""
        lengths = batch.before_lengths.clamp(min=1)
        shifted = torch.cat([torch.zeros_like(batch.before[:, :1]), batch.before[:, :-1]], 1)
        there = torch.ones(shifted.shape[:2], device=shifted.device)
        there[:, 0] = 0.0
        _, state = self.recurrence(self._inputs(shifted, there, batch.context), lengths=lengths)
        last = batch.before[torch.arange(len(lengths)), lengths - 1][:, None]
        known = (batch.before_lengths > 0).to(last.dtype)
        parts = state if isinstance(state, tuple) else (state,)
        masked = tuple(part * known[None, :, None] for part in parts)
        return last * known[:, None, None], masked if isinstance(state, tuple) else masked[0]

    def _log_probs(self, outputs: Tensor, rows: Tensor, true: Tensor) -> Tensor:
        """Log-density of true rows (B, T, F), by what stands in the outputs (B, T, H) after the rows before them."""
        total = outputs.new_zeros(outputs.shape[:2])
        if self.numbers:
            weights, means, inverse = self._mixture(outputs, rows)
            error = true[..., self.numbers].unsqueeze(-2) - means  # (B, T, K, D)
            scaled = (inverse @ error[..., None])[..., 0]
            log_det = inverse.diagonal(dim1=-2, dim2=-1).log().sum(-1)
            log_normal = log_det - 0.5 * scaled.square().sum(-1) - 0.5 * len(self.numbers) * math.log(2 * math.pi)
            total = total + torch.logsumexp(weights + log_normal, -1)
        return total + self._other_log_probs(outputs, true)

    def _mixture(self, outputs: Tensor, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Log-weights (..., K), means (..., K, D) and inverse Cholesky factors (..., K, D, D) of the next numbers."""
        count = len(self.numbers)
        parts = self.mixture_head(outputs).unflatten(-1, (self.mixtures, -1))
        logits, shifts, scales, lower = parts.split([1, count, count, self.correlated], -1)
        means = rows[..., self.numbers].unsqueeze(-2) + shifts
        precision = torch.exp(-scales.clamp(-9, 3) + 2.0).clamp(max=1 / _LEAST_DEVIATION)
        inverse = torch.diag_embed(precision)
        if self.correlated:
            full = inverse.new_zeros(inverse.shape)
            below = torch.tril_indices(count, count, -1, device=full.device)
            full[..., below[0], below[1]] = lower
            inverse = inverse @ (torch.eye(count, device=full.device) + full)
        return torch.log_softmax(logits[..., 0], -1), means, inverse

    def _other_log_probs(self, outputs: Tensor, true: Tensor) -> Tensor:
        total = outputs.new_zeros(outputs.shape[:2])
        if not self.others:
            return total
        logits, position = self.other_head(outputs), 0
        for kind, part in self.others:
            size = part.stop - part.start
            scores = logits[..., position : position + size]
            if kind == "category":
                total = total + (torch.log_softmax(scores, -1) * true[..., part]).sum(-1)
            else:
                signs = 2 * true[..., part] - 1
                total = total + F.logsigmoid(signs * scores).sum(-1)
            position += size
        return total

    def loss(self, batch: SeriesBatch, state: Any = None) -> tuple[Tensor, None]:
        """Compute the mean negative log-likelihood, in nats a row."""
        return -self.log_probs(batch).sum() / batch.lengths.sum(), None

    # --- making ----------------------------------------------------------------------------------------------------

    def draw_noise(self, count: int, steps: int, like: Tensor) -> Tensor:
        """Draw what rows are made of, (count, T, 2 + F): for the choice of a mixture, its numbers, and the others."""
        uniform = random.uniform(count, steps, 1 + len(self.others), like=like)
        return torch.cat([uniform, random.normal(count, steps, len(self.numbers), like=like)], -1)

    def make(
        self,
        noise: Tensor,
        steps: int,
        context: Tensor,
        before: Tensor | None = None,
        before_lengths: Tensor | None = None,
    ) -> Tensor:
        """Make windows row by row, categories and marks as 0 and 1; see `SeriesNetwork.make`."""
        row, there, state = context.new_zeros(len(noise), 1, self.size), context.new_zeros(len(noise), 1), None
        if before is not None and before.shape[1]:
            lengths = torch.full((len(noise),), before.shape[1]) if before_lengths is None else before_lengths
            batch = SeriesBatch(before, lengths, context, before, lengths, lengths)
            row, state = self._read_before(batch)
            there = (lengths > 0).to(row.dtype)[:, None]
        made = []
        for step in range(steps):
            outputs, state = self.recurrence(self._inputs(row, there, context), state)
            row = self._draw(outputs, row, noise[:, step : step + 1])
            there = torch.ones_like(there)
            made.append(row)
        return torch.cat(made, 1)

    def _draw(self, outputs: Tensor, rows: Tensor, noise: Tensor) -> Tensor:
        """The next rows (B, 1, F), by the outputs (B, 1, H) after the rows before them."""
        drawn = torch.zeros_like(rows)
        if self.numbers:
            weights, means, inverse = self._mixture(outputs, rows)
            chosen = (weights.exp().cumsum(-1) < noise[..., :1]).sum(-1).clamp(max=self.mixtures - 1)  # (B, 1)
            at = chosen[..., None, None].expand(-1, -1, 1, len(self.numbers))
            mean = means.gather(2, at)[:, :, 0]
            factor = inverse.gather(2, at[..., None].expand(-1, -1, -1, -1, len(self.numbers)))[:, :, 0]
            normal = noise[..., 1 + len(self.others) :, None]
            deviation = torch.linalg.solve_triangular(factor, normal, upper=False)[..., 0]
            drawn[..., self.numbers] = (mean + deviation).clamp(0, 1)
        if not self.others:
            return drawn
        logits, position = self.other_head(outputs), 0
        for number, (kind, part) in enumerate(self.others):
            size = part.stop - part.start
            scores, uniform = logits[..., position : position + size], noise[..., 1 + number : 2 + number]
            if kind == "category":
                chosen = (torch.softmax(scores, -1).cumsum(-1) < uniform).sum(-1).clamp(max=size - 1)
                drawn[..., part] = F.one_hot(chosen, size).to(drawn.dtype)
            else:
                drawn[..., part] = (uniform < torch.sigmoid(scores)).to(drawn.dtype)
            position += size
        return drawn


def _head(inputs: int, outputs: int) -> nn.Linear:
    """A linear layer that may have no outputs, which torch warns of when it draws the weights."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Initializing zero-element tensors", category=UserWarning)
        return nn.Linear(inputs, outputs)
