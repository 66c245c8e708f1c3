"""A recurrent conditional GAN (RCGAN: Esteban et al., 2017): generator and discriminator read row after row."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from recurra.data.tables.feature import Feature
from recurra.nn import noise as random
from recurra.nn.gradient_penalty import gradient_penalty
from recurra.nn.step_mask import step_mask
from recurra.tasks.recurrent_stack import recurrent_stack
from recurra.tasks.series_gan.batch import SeriesBatch
from recurra.tasks.series_gan.heads import activate
from recurra.tasks.series_gan.network import SeriesNetwork, unless_full
from recurra.training.adversarial_health import ranking_accuracy, spread
from recurra.training.adversarial_network import Loss


class RecurrentCritic(nn.Module):
    """Scores windows: the mean over their rows of what it thinks after each.

    Args:
        inputs: numbers of a row, with its context.
        config: of the recurrence.
    """

    def __init__(self, inputs: int, config: Any):
        super().__init__()
        self.recurrence = recurrent_stack(config, inputs)
        self.head = nn.Linear(config.hidden_size, 1)

    def forward(self, rows: Tensor, lengths: Tensor) -> Tensor:
        """Give a score of each window (B, T, I), (B,)."""
        outputs, _ = self.recurrence(rows, lengths=unless_full(lengths, rows.shape[1]))
        scores = self.head(outputs)[..., 0] * step_mask(lengths, rows.shape[1])  # (B, T)
        mean: Tensor = scores.sum(1) / lengths
        return mean


class RCGAN(SeriesNetwork):
    """A recurrence that turns noise and context into rows, against one that reads rows and context.

    The original follows the cross-entropy; here it is the Wasserstein loss with a gradient penalty through the
    recurrence (Gulrajani et al., 2017), which does not need the two to be balanced.

    Args:
        features, context_size, config: as of `SeriesNetwork`.
    """

    generator: nn.ModuleDict

    def __init__(self, features: Sequence[Feature], context_size: int, config: Any):
        super().__init__(features, context_size, config)
        recurrence = recurrent_stack(config, config.noise_size + context_size)
        self.generator = nn.ModuleDict({"recurrence": recurrence, "head": nn.Linear(config.hidden_size, self.size)})
        self.discriminator = RecurrentCritic(self.size + context_size, config)

    def draw_noise(self, count: int, steps: int, like: Tensor) -> Tensor:
        """Draw noise for every row, (count, T, Z)."""
        return random.normal(count, steps, self.config.noise_size, like=like)

    def make(
        self,
        noise: Tensor,
        steps: int,
        context: Tensor,
        before: Tensor | None = None,
        before_lengths: Tensor | None = None,
    ) -> Tensor:
        """Make windows; see `SeriesNetwork.make`. They do not go on from the rows before them."""
        outputs, _ = self.generator["recurrence"](self.with_context(noise, context))
        return activate(self.generator["head"](outputs), self.features)

    def _made(self, batch: SeriesBatch) -> Tensor:
        steps = batch.steps.shape[1]
        made = self.make(self.draw_noise(len(batch.steps), steps, batch.steps), steps, batch.context)
        return made * step_mask(batch.lengths, steps)[..., None]

    def _scores(self, steps: Tensor, batch: SeriesBatch) -> Tensor:
        scores: Tensor = self.discriminator(self.with_context(steps, batch.context), batch.lengths)
        return scores

    def discriminator_loss(self, batch: SeriesBatch) -> Loss:
        """Compute the critic's loss: the mean score of made windows less that of real ones, and the penalty."""
        with torch.no_grad():
            made = self._made(batch)
        real_scores, made_scores = self._scores(batch.steps, batch), self._scores(made, batch)
        penalty = gradient_penalty(lambda steps: self._scores(steps, batch), batch.steps, made)
        value = made_scores.mean() - real_scores.mean() + self.config.gradient_penalty * penalty
        return Loss(
            value,
            {
                "real_score": real_scores.mean(),
                "made_score": made_scores.mean(),
                "gradient_penalty": penalty,
                "discriminator_accuracy": ranking_accuracy(real_scores, made_scores),
                "real_spread": spread(batch.steps),
                "made_spread": spread(made),
            },
        )

    def generator_loss(self, batch: SeriesBatch) -> Loss:
        """Compute the generator's loss: what the critic thinks of what it makes, with the sign turned."""
        return Loss(-self._scores(self._made(batch), batch).mean())
