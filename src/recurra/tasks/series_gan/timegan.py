"""TimeGAN (Yoon et al., 2019): a game over the states of an autoencoder, row by row, with a supervisor."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.data.tables.feature import Feature
from recurra.nn import noise as random
from recurra.nn.step_mask import step_mask
from recurra.tasks.recurrent_stack import recurrent_stack
from recurra.tasks.series_gan.batch import SeriesBatch
from recurra.tasks.series_gan.heads import activate, reconstruction_loss
from recurra.tasks.series_gan.network import SeriesNetwork, unless_full
from recurra.training.adversarial_health import ranking_accuracy, spread
from recurra.training.adversarial_network import Loss

_WEAK = 0.15  # loss of a discriminator that has won, and waits
_SUPERVISED, _MOMENTS, _RECONSTRUCTION, _ORDER = 100.0, 100.0, 10.0, 0.1  # weights of the losses, as published


class _Part(nn.Module):
    """A recurrence with a linear layer; what it gives lies between 0 and 1 but for logits."""

    def __init__(self, inputs: int, outputs: int, config: Any, num_layers: int, is_logits: bool = False):
        super().__init__()
        self.recurrence = recurrent_stack(config, inputs, num_layers=num_layers)
        self.head = nn.Linear(config.hidden_size, outputs)
        self.is_logits = is_logits

    def forward(self, x: Tensor, lengths: Tensor | None) -> Tensor:
        """Read (B, T, I), give (B, T, O)."""
        y: Tensor = self.head(self.recurrence(x, lengths=lengths)[0])
        return y if self.is_logits else torch.sigmoid(y)


class TimeGAN(SeriesNetwork):
    """Embedder, recovery, generator, supervisor and discriminator, all recurrent.

    Losses and their weights are those of the public code, https://github.com/jsyoon0823/TimeGAN. Noise is uniform.

    Args:
        features, context_size, config: as of `SeriesNetwork`.
    """

    def __init__(self, features: Sequence[Feature], context_size: int, config: Any):
        super().__init__(features, context_size, config)
        hidden, layers = config.hidden_size, config.num_layers
        self.embedder = _Part(self.size + context_size, hidden, config, layers)
        self.recovery = _Part(hidden + context_size, self.size, config, layers, is_logits=True)
        self.generator = _Part(config.noise_size + context_size, hidden, config, layers)
        self.supervisor = _Part(hidden, hidden, config, max(1, layers - 1))
        self.discriminator = _Part(hidden + context_size, 1, config, layers, is_logits=True)

    # --- phases before the game ------------------------------------------------------------------------------------

    def loss(self, batch: SeriesBatch, state: Any = None) -> tuple[Tensor, None]:
        """Compute how far recovered windows are from true ones."""
        hidden = self._embed(batch)
        return self._reconstruction(hidden, batch), None

    def supervised_loss(self, batch: SeriesBatch, state: Any = None) -> tuple[Tensor, None]:
        """Compute how far the supervisor's next states are from the embedder's."""
        with torch.no_grad():
            hidden = self._embed(batch)
        return self._supervised(hidden, batch), None

    def phase_loss(self, batch: SeriesBatch) -> Tensor:
        """Compute the loss of the phase that is learnt now."""
        return (self.supervised_loss if self.phase == "supervisor" else self.loss)(batch)[0]

    def autoencoder_parameters(self) -> list[nn.Parameter]:
        """Give the weights of embedder and recovery."""
        return [*self.embedder.parameters(), *self.recovery.parameters()]

    def supervised_parameters(self) -> list[nn.Parameter]:
        """Give the weights of generator and supervisor."""
        return [*self.generator.parameters(), *self.supervisor.parameters()]

    # --- the game --------------------------------------------------------------------------------------------------

    def discriminator_loss(self, batch: SeriesBatch) -> Loss:
        """Compute the cross-entropy of real states, made ones and those the supervisor has changed.

        Where it is very low the discriminator waits for the generator.
        """
        lengths, mask = self._lengths(batch)
        with torch.no_grad():
            real = self._embed(batch)
            made = self._generate(batch)
            supervised = self.supervisor(made, lengths)
        real_logits, made_logits, supervised_logits = (
            self._judge(states, batch)[mask] for states in (real, made, supervised)
        )
        value = F.softplus(-real_logits).mean() + F.softplus(made_logits).mean() + F.softplus(supervised_logits).mean()
        scores = {
            "real_score": real_logits.mean(),
            "made_score": supervised_logits.mean(),
            "discriminator_accuracy": ranking_accuracy(real_logits, supervised_logits),
            "real_spread": spread(real),
            "made_spread": spread(supervised),
        }
        return Loss(value if float(value.detach()) > _WEAK else 0.0 * value, scores)

    def generator_loss(self, batch: SeriesBatch) -> Loss:
        """Compute the loss of generator and supervisor, and that of embedder and recovery, each on its own."""
        lengths, mask = self._lengths(batch)
        hidden = self._embed(batch)
        with _frozen(self.supervisor):
            order = self._supervised(hidden, batch)
        autoencoder = _RECONSTRUCTION * self._reconstruction(hidden, batch).sqrt() + _ORDER * order
        made = self._generate(batch)
        supervised = self.supervisor(made, lengths)
        logits = [self._judge(states, batch)[mask] for states in (supervised, made)]
        fooling = F.softplus(-logits[0]).mean() + F.softplus(-logits[1]).mean()
        with _frozen(self.recovery):
            rows = activate(self.recovery(self.with_context(supervised, batch.context), lengths), self.features)
        value = fooling + _SUPERVISED * self._supervised(hidden.detach(), batch).sqrt()
        value = value + _MOMENTS * _moments(rows * mask[..., None], batch.steps) + autoencoder
        return Loss(value)

    def _lengths(self, batch: SeriesBatch) -> tuple[Tensor | None, Tensor]:
        """The lengths of a batch, None where no window is padded, and the mask of its rows (B, T)."""
        steps = batch.steps.shape[1]
        return unless_full(batch.lengths, steps), step_mask(batch.lengths, steps)

    def _embed(self, batch: SeriesBatch) -> Tensor:
        states: Tensor = self.embedder(self.with_context(batch.steps, batch.context), self._lengths(batch)[0])
        return states

    def _generate(self, batch: SeriesBatch) -> Tensor:
        noise = self.draw_noise(len(batch.steps), batch.steps.shape[1], batch.steps)
        states: Tensor = self.generator(self.with_context(noise, batch.context), self._lengths(batch)[0])
        return states

    def _judge(self, states: Tensor, batch: SeriesBatch) -> Tensor:
        """Logits of every row, (B, T)."""
        logits: Tensor = self.discriminator(self.with_context(states, batch.context), self._lengths(batch)[0])[..., 0]
        return logits

    def _reconstruction(self, hidden: Tensor, batch: SeriesBatch) -> Tensor:
        lengths, mask = self._lengths(batch)
        logits = self.recovery(self.with_context(hidden, batch.context), lengths)
        return reconstruction_loss(logits, batch.steps, self.features, mask)

    def _supervised(self, hidden: Tensor, batch: SeriesBatch) -> Tensor:
        """Mean squared error of the next state, of windows of at least two rows."""
        lengths, mask = self._lengths(batch)
        following = self.supervisor(hidden, lengths)[:, :-1]
        error = (hidden[:, 1:] - following).square().mean(-1) * mask[:, 1:]
        mean: Tensor = error.sum() / mask[:, 1:].sum().clamp(min=1) + 1e-12
        return mean

    # --- making ----------------------------------------------------------------------------------------------------

    def draw_noise(self, count: int, steps: int, like: Tensor) -> Tensor:
        """Draw noise for every row, (count, T, Z)."""
        return random.uniform(count, steps, self.config.noise_size, like=like)

    def make(
        self,
        noise: Tensor,
        steps: int,
        context: Tensor,
        before: Tensor | None = None,
        before_lengths: Tensor | None = None,
    ) -> Tensor:
        """Make windows; see `SeriesNetwork.make`. They do not go on from the rows before them."""
        states = self.supervisor(self.generator(self.with_context(noise, context), None), None)
        return activate(self.recovery(self.with_context(states, context), None), self.features)


def _moments(made: Tensor, real: Tensor) -> Tensor:
    """How far deviations and means over a batch are from true ones, at every row and number."""
    deviation = ((made.var(0, correction=0) + 1e-6).sqrt() - (real.var(0, correction=0) + 1e-6).sqrt()).abs().mean()
    return deviation + (made.mean(0) - real.mean(0)).abs().mean()


@contextmanager
def _frozen(part: nn.Module) -> Iterator[None]:
    """Ask for no gradient of a part's weights inside the block, though gradients flow through it."""
    weights = [weight for weight in part.parameters() if weight.requires_grad]
    for weight in weights:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(True)
