"""A Wasserstein GAN over the vectors of a recurrent autoencoder (RTSGAN: Pei et al., 2021)."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.data.tables.feature import Feature
from recurra.nn import noise as random
from recurra.nn.gradient_penalty import gradient_penalty
from recurra.nn.latent_gan import LatentCritic, LatentGenerator
from recurra.nn.step_mask import step_mask
from recurra.tasks.recurrent_stack import recurrent_stack
from recurra.tasks.series_gan.batch import SeriesBatch
from recurra.tasks.series_gan.departures import Departures
from recurra.tasks.series_gan.heads import activate, reconstruction_loss
from recurra.tasks.series_gan.network import SeriesNetwork, unless_full
from recurra.training.adversarial_health import ranking_accuracy, spread
from recurra.training.adversarial_network import Loss

_DEPARTURES = 1e-3  # weight of the likelihood of departures, whose gradients are steep, against squared errors
_LEAST_SCALE = 1e-3  # of a number of the vectors that hardly changes


class RTSGAN(SeriesNetwork):
    """Encoder and decoder of windows, and a generator and a critic of what is between them.

    A window becomes one vector: a summary of all of its rows, and the last state of every layer. The decoder begins
    with these states and reads the summary at every row. What it gives is smooth, since a vector does not hold what is
    noise; so the departures of true rows from decoded ones are learnt too, and made anew (`Departures`). With
    `continued`, decoder, generator and critic also know the rows before the window: the decoder the last one, the
    others their vector.

    Args:
        features, context_size, config: as of `SeriesNetwork`.
    """

    discriminator: LatentCritic
    latent_mean: Tensor
    latent_scale: Tensor

    def __init__(self, features: Sequence[Feature], context_size: int, config: Any):
        super().__init__(features, context_size, config)
        hidden, layers = config.hidden_size, config.num_layers
        self.continues = config.continued
        self.latent_size = hidden * (layers + 1)
        self.encoder = recurrent_stack(config, self.size + context_size)
        self.summary = nn.Linear(3 * hidden, hidden)
        last_row = self.size + 1 if self.continues else 0
        self.decoder = recurrent_stack(config, hidden + context_size + last_row)
        self.head = nn.Linear(hidden, self.size)
        self.departures = Departures(hidden, features, config.mixtures)
        condition = context_size + (self.latent_size + 1 if self.continues else 0)
        self.generator = LatentGenerator(config.noise_size, condition, config.critic_size, self.latent_size)
        self.discriminator = LatentCritic(self.latent_size, condition, config.critic_size)
        self.register_buffer("latent_mean", torch.zeros(self.latent_size))
        self.register_buffer("latent_scale", torch.ones(self.latent_size))
        self.cached: tuple[Tensor, Tensor] | None = None  # the vectors of all windows, and of the rows before them

    # --- the autoencoder -------------------------------------------------------------------------------------------

    def encode(self, steps: Tensor, lengths: Tensor, context: Tensor) -> Tensor:
        """Give the vectors (B, L) of windows (B, T, F) of some lengths (B,), at least 1."""
        full = unless_full(lengths, steps.shape[1])
        outputs, states = self.encoder(self.with_context(steps, context), lengths=full)  # (B, T, H)
        states = states[0] if isinstance(states, tuple) else states  # (layers, B, H)
        if full is None:
            most, total = outputs.amax(1), outputs.mean(1)
        else:
            mask = step_mask(lengths, steps.shape[1])[..., None]
            most = outputs.masked_fill(~mask, -1.0).amax(1)  # outputs lie above -1
            total = outputs.sum(1) / lengths[:, None]
        summary = F.leaky_relu(self.summary(torch.cat([most, total, states[-1]], -1)), 0.2)
        return torch.cat([summary, *states], -1)

    def decode(self, latents: Tensor, steps: int, context: Tensor, last_row: Tensor | None) -> Tensor:
        """Give the decoder's outputs, (B, T, H), of vectors (B, L) after some rows (B, F + 1)."""
        hidden = self.config.hidden_size
        parts = [latents[:, :hidden], context] + ([] if last_row is None else [last_row])
        read = torch.cat(parts, -1)[:, None].expand(-1, steps, -1).contiguous()
        states: Any = torch.stack(latents[:, hidden:].split(hidden, -1)).contiguous()  # (layers, B, H)
        if len(self.decoder.state_names) > 1:  # such as the memory of an LSTM, which begins empty
            states = states, *(torch.zeros_like(states) for _ in self.decoder.state_names[1:])
        outputs: Tensor = self.decoder(read, states)[0]
        return outputs

    def _last_row(self, before: Tensor, lengths: Tensor) -> Tensor | None:
        """The last row before windows and whether there is one, (B, F + 1)."""
        if not self.continues:
            return None
        there = (lengths > 0)[:, None].to(before.dtype)
        last = before[torch.arange(len(before)), (lengths - 1).clamp(min=0)]  # (B, F)
        return torch.cat([last * there, there], -1)

    def loss(self, batch: SeriesBatch, state: Any = None) -> tuple[Tensor, None]:
        """Compute how far decoded windows are from true ones, and how improbable their departures.

        See `heads.reconstruction_loss`. The departures have no say in what encoder and decoder learn.
        """
        latents = self.encode(batch.steps, batch.lengths, batch.context)
        steps = batch.steps.shape[1]
        outputs = self.decode(latents, steps, batch.context, self._last_row(batch.before, batch.before_lengths))
        logits, mask = self.head(outputs), step_mask(batch.lengths, steps)
        value = reconstruction_loss(logits, batch.steps, self.features, mask)
        decoded = activate(logits, self.features).detach()
        log_probs = self.departures.log_probs(outputs.detach(), decoded, batch.steps)
        return value - _DEPARTURES * (log_probs * mask).sum() / mask.sum(), None

    # --- the game --------------------------------------------------------------------------------------------------

    @torch.no_grad()
    def begin_game(self, batches: Sequence[SeriesBatch], normalizes: bool = True) -> None:
        """Measure and keep the vectors of all windows, once the autoencoder has learnt; nothing is drawn at random.

        Args:
            batches: all windows in their order.
            normalizes: whether the game is over vectors that are normalized by their mean and deviation.
        """
        latents = [self.encode(batch.steps, batch.lengths, batch.context) for batch in batches]
        before = [self._encode_before(batch.before, batch.before_lengths, batch.context) for batch in batches]
        self.cached = torch.cat(latents), torch.cat(before)
        if normalizes:
            self.latent_mean.copy_(self.cached[0].mean(0))
            self.latent_scale.copy_(self.cached[0].std(0, correction=0) + _LEAST_SCALE)

    def _encode_before(self, before: Tensor, lengths: Tensor, context: Tensor) -> Tensor:
        """The vectors of the rows before windows, (B, L); zeros where there are none, or they are not read."""
        if not self.continues:
            return before.new_zeros(len(before), 0)
        latents = self.encode(before, lengths.clamp(min=1), context)
        return latents * (lengths > 0)[:, None]

    def _condition(self, before_latents: Tensor, lengths: Tensor, context: Tensor) -> Tensor:
        """What generator and critic know of windows, (B, C) or (B, C + L + 1)."""
        if not self.continues:
            return context
        there = (lengths > 0)[:, None].to(context.dtype)
        return torch.cat([context, self._normalize(before_latents) * there, there], -1)

    def _normalize(self, latents: Tensor) -> Tensor:
        return (latents - self.latent_mean) / self.latent_scale

    def _real(self, batch: SeriesBatch) -> tuple[Tensor, Tensor]:
        """The normalized vectors of a batch (B, L), and what is known of its windows."""
        with torch.no_grad():
            if self.cached is None:
                latents = self.encode(batch.steps, batch.lengths, batch.context)
                before = self._encode_before(batch.before, batch.before_lengths, batch.context)
            else:
                latents, before = (vectors[batch.windows] for vectors in self.cached)
            return self._normalize(latents), self._condition(before, batch.before_lengths, batch.context)

    def _made(self, condition: Tensor) -> Tensor:
        vectors: Tensor = self.generator(
            random.normal(len(condition), self.config.noise_size, like=condition), condition
        )
        return vectors

    def discriminator_loss(self, batch: SeriesBatch) -> Loss:
        """Compute the critic's loss: the mean score of made vectors less that of real ones, and the penalty."""
        real, condition = self._real(batch)
        with torch.no_grad():
            made = self._made(condition)
        scores = self.discriminator(torch.cat([real, made]), torch.cat([condition, condition]))
        real_scores, made_scores = scores.chunk(2)
        penalty = gradient_penalty(lambda vectors: self.discriminator(vectors, condition), real, made)
        value = made_scores.mean() - real_scores.mean() + self.config.gradient_penalty * penalty
        return Loss(
            value,
            {
                "real_score": real_scores.mean(),
                "made_score": made_scores.mean(),
                "gradient_penalty": penalty,
                "discriminator_accuracy": ranking_accuracy(real_scores, made_scores),
                "real_spread": spread(real),
                "made_spread": spread(made),
            },
        )

    def generator_loss(self, batch: SeriesBatch) -> Loss:
        """Compute the generator's loss: what the critic thinks of what it makes, with the sign turned."""
        _, condition = self._real(batch)
        return Loss(-self.discriminator(self._made(condition), condition).mean())

    def generator_parameters(self) -> Any:
        """Give the weights of the generator alone: the autoencoder has learnt before."""
        return self.generator.parameters()

    def autoencoder_parameters(self) -> list[nn.Parameter]:
        """Give the weights of encoder and decoder."""
        parts: list[nn.Module] = [self.encoder, self.summary, self.decoder, self.head, self.departures]
        return [weight for part in parts for weight in part.parameters()]

    # --- making ----------------------------------------------------------------------------------------------------

    def draw_noise(self, count: int, steps: int, like: Tensor) -> Tensor:
        """Draw what windows are made of, (count, Z + T R): their vectors, and the departures of each of their rows."""
        of_rows = self.departures.draw_noise(count, steps, like).flatten(1)
        return torch.cat([random.normal(count, self.config.noise_size, like=like), of_rows], -1)

    def make(
        self,
        noise: Tensor,
        steps: int,
        context: Tensor,
        before: Tensor | None = None,
        before_lengths: Tensor | None = None,
    ) -> Tensor:
        """Make windows; see `SeriesNetwork.make`."""
        if before is None:
            before = context.new_zeros(len(noise), 1, self.size)
            before_lengths = torch.zeros(len(noise), dtype=torch.int64, device=noise.device)
        elif before_lengths is None:
            before_lengths = torch.full((len(noise),), before.shape[1], device=noise.device)
        assert before_lengths is not None
        condition = self._condition(self._encode_before(before, before_lengths, context), before_lengths, context)
        of_vectors, of_rows = noise.tensor_split([self.config.noise_size], 1)
        latents = self.generator(of_vectors, condition) * self.latent_scale + self.latent_mean
        outputs = self.decode(latents, steps, context, self._last_row(before, before_lengths))
        decoded = activate(self.head(outputs), self.features)
        return self.departures.add(outputs, decoded, of_rows.unflatten(1, (steps, -1)))
