"""How true rows depart from decoded ones: the noise that a vector of a window does not hold."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from recurra.data.tables.feature import Feature
from recurra.nn import noise as random
from recurra.tasks.series_gan.heads import slices
from recurra.tasks.series_gan.normal_mixture import NormalMixture

_SCALE = 10.0  # of departures where they are read: they are far smaller than what stands beside them


class Departures(nn.Module):
    """A distribution of how far a row's numbers depart, by the decoder's output there and by those of the row before.

    Args:
        hidden_size: numbers of an output, H.
        features: of a row, F numbers together, of which D are no categories or marks.
        mixtures: normal distributions of a mixture.
    """

    def __init__(self, hidden_size: int, features: Sequence[Feature], mixtures: int):
        super().__init__()
        parts = zip(features, slices(features), strict=True)
        self.numbers = [part.start for feature, part in parts if feature.kind == "number"]
        self.hidden = nn.Sequential(nn.Linear(hidden_size + len(self.numbers), hidden_size), nn.Tanh())
        self.mixture = NormalMixture(hidden_size, len(self.numbers), mixtures)

    def log_probs(self, outputs: Tensor, decoded: Tensor, true: Tensor) -> Tensor:
        """Give the logarithm of the density of the departures of each row, (B, T), in nats.

        Args:
            outputs: of the decoder, (B, T, H).
            decoded, true: rows, (B, T, F).
        """
        if not self.numbers:
            return outputs.new_zeros(outputs.shape[:2])
        departures = (true - decoded)[..., self.numbers]  # (B, T, D)
        before = torch.cat([torch.zeros_like(departures[:, :1]), departures[:, :-1]], 1)
        return self.mixture.log_probs(self._read(outputs, before), before, departures)

    def _read(self, outputs: Tensor, before: Tensor) -> Tensor:
        read: Tensor = self.hidden(torch.cat([outputs, before * _SCALE], -1))
        return read

    def draw_noise(self, count: int, steps: int, like: Tensor) -> Tensor:
        """Draw what departures are made of, (count, T, 1 + D), all standard normal."""
        return random.normal(count, steps, 1 + len(self.numbers), like=like)

    def add(self, outputs: Tensor, decoded: Tensor, noise: Tensor) -> Tensor:
        """Let decoded rows depart; (B, T, F), numbers between 0 and 1.

        Args:
            outputs: of the decoder, (B, T, H).
            decoded: rows, (B, T, F).
            noise: of `draw_noise`, (B, T, 1 + D).
        """
        if not self.numbers:
            return decoded
        thresholds = torch.special.ndtr(noise[..., :1])
        before, made = torch.zeros_like(noise[:, 0, 1:]), []
        for step in range(outputs.shape[1]):
            read = self._read(outputs[:, step], before)
            before = self.mixture.draw(read, before, thresholds[:, step], noise[:, step, 1:])
            made.append(before)
        rows = decoded.clone()
        rows[..., self.numbers] = (decoded[..., self.numbers] + torch.stack(made, 1)).clamp(0, 1)
        return rows
