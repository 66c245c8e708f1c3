"""A network that predicts the next row and has no opponent: the baseline of the generators."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from recurra.data.tables.feature import Feature
from recurra.nn.step_mask import step_mask
from recurra.tasks.recurrent_stack import recurrent_stack
from recurra.tasks.series_gan.batch import SeriesBatch
from recurra.tasks.series_gan.network import SeriesNetwork, unless_full
from recurra.tasks.series_gan.row_distribution import RowDistribution


class LikelihoodNetwork(SeriesNetwork):
    """A recurrence that gives a distribution of the next row; see `RowDistribution`.

    Args:
        features, context_size, config: as of `SeriesNetwork`.
    """

    continues = True
    is_differentiable = False
    phase = "likelihood"

    def __init__(self, features: Sequence[Feature], context_size: int, config: Any):
        super().__init__(features, context_size, config)
        self.recurrence = recurrent_stack(config, self.size + 1 + context_size)
        self.next_row = RowDistribution(config.hidden_size, features, config.mixtures)

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
        log_probs: Tensor = self.next_row.log_probs(outputs, rows, batch.steps)
        return log_probs * step_mask(batch.lengths, batch.steps.shape[1])

    def _read_before(self, batch: SeriesBatch) -> tuple[Tensor, Any]:
        """The last row before each window, (B, 1, F), and the state of the recurrence before that is read."""
        lengths = batch.before_lengths.clamp(min=1)
        shifted = torch.cat([torch.zeros_like(batch.before[:, :1]), batch.before[:, :-1]], 1)
        there = torch.ones(shifted.shape[:2], device=shifted.device)
        there[:, 0] = 0.0
        _, state = self.recurrence(self._inputs(shifted, there, batch.context), lengths=lengths)
        rows = torch.arange(len(lengths), device=lengths.device)
        last = batch.before[rows, lengths - 1][:, None]
        known = (batch.before_lengths > 0).to(last.dtype)
        parts = state if isinstance(state, tuple) else (state,)
        masked = tuple(part * known[None, :, None] for part in parts)
        return last * known[:, None, None], masked if isinstance(state, tuple) else masked[0]

    def loss(self, batch: SeriesBatch, state: Any = None) -> tuple[Tensor, None]:
        """Compute the mean negative log-likelihood, in nats a row."""
        return -self.log_probs(batch).sum() / batch.lengths.sum(), None

    # --- making ----------------------------------------------------------------------------------------------------

    def draw_noise(self, count: int, steps: int, like: Tensor) -> Tensor:
        """Draw what rows are made of, (count, T, R)."""
        return self.next_row.draw_noise(count, steps, like)

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
            full = torch.full((len(noise),), before.shape[1], device=noise.device)
            lengths = full if before_lengths is None else before_lengths
            batch = SeriesBatch(before, lengths, context, before, lengths, lengths)
            row, state = self._read_before(batch)
            there = (lengths > 0).to(row.dtype)[:, None]
        made = []
        for step in range(steps):
            outputs, state = self.recurrence(self._inputs(row, there, context), state)
            row = self.next_row.draw(outputs, row, noise[:, step : step + 1])
            there = torch.ones_like(there)
            made.append(row)
        return torch.cat(made, 1)
