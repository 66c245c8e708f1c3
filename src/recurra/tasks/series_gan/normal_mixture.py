"""A mixture of normal distributions of numbers that follow others (Graves, 2013)."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.tasks.series_gan.heads import head

_LEAST_DEVIATION = 1e-3  # of numbers between 0 and 1
_MOST_CORRELATED = 32  # numbers whose correlations are learnt


class NormalMixture(nn.Module):
    """Each normal distribution has a full covariance, since the numbers of a row go together.

    Numbers are predicted as departures from those before.

    Args:
        inputs: numbers that the distribution follows from, H.
        count: numbers that it is of, D.
        mixtures: normal distributions, K.
    """

    below: Tensor
    row_sums: Tensor
    columns: Tensor

    def __init__(self, inputs: int, count: int, mixtures: int):
        super().__init__()
        self.count, self.mixtures = count, mixtures
        self.correlated = count * (count - 1) // 2 if count <= _MOST_CORRELATED else 0
        self.parameters_of = head(inputs, mixtures * (1 + 2 * count + self.correlated) if count else 0)
        below = torch.tril_indices(count, count, -1)[:, : self.correlated]
        self.register_buffer("below", below)  # (2, L)
        # products with ones and zeros are far faster than indexing, above all backward
        self.register_buffer("row_sums", F.one_hot(below[0], max(1, count)).float())  # (L, D)
        self.register_buffer("columns", F.one_hot(below[1], max(1, count)).float().T.contiguous())  # (D, L)
        if count:
            nn.init.normal_(self.parameters_of.weight, std=0.01)

    def log_probs(self, inputs: Tensor, before: Tensor, true: Tensor) -> Tensor:
        """Give the logarithm of the density of true numbers, (...), in nats.

        Args:
            inputs: (..., H).
            before: the numbers before them, (..., D).
            true: (..., D).
        """
        weights, means, log_precision, lower = self._mixture(inputs, before)
        error = true.unsqueeze(-2) - means  # (..., K, D)
        if self.correlated:
            error = error + (lower * (error @ self.columns)) @ self.row_sums
        scaled = error * log_precision.exp()
        log_normal = (log_precision - 0.5 * scaled.square()).sum(-1) - 0.5 * self.count * math.log(2 * math.pi)
        return torch.logsumexp(weights + log_normal, -1)

    def _mixture(self, inputs: Tensor, before: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Log-weights (..., K), means (..., K, D), and two factors of the inverse covariances.

        These are the logarithms of a diagonal (..., K, D), and what stands below another that is all ones (..., K, L).
        """
        parts = self.parameters_of(inputs).unflatten(-1, (self.mixtures, -1))
        logits, shifts, scales, lower = parts.split([1, self.count, self.count, self.correlated], -1)
        log_precision = (2.0 - scales.clamp(-9, 3)).clamp(max=-math.log(_LEAST_DEVIATION))
        return torch.log_softmax(logits[..., 0], -1), before.unsqueeze(-2) + shifts, log_precision, lower

    def draw(self, inputs: Tensor, before: Tensor, threshold: Tensor, noise: Tensor) -> Tensor:
        """Draw numbers (..., D), which are differentiable by their noise.

        Args:
            inputs: (..., H).
            before: the numbers before them, (..., D).
            threshold: between 0 and 1, (..., 1): which of the mixture to draw from.
            noise: standard normal, (..., D).
        """
        weights, means, log_precision, lower = self._mixture(inputs, before)
        chosen = (weights.exp().cumsum(-1) < threshold).sum(-1).clamp(max=self.mixtures - 1)[..., None, None]
        mean, log_precision, lower = (
            torch.take_along_dim(part, chosen, -2)[..., 0, :] for part in (means, log_precision, lower)
        )
        deviation = noise * (-log_precision).exp()
        if self.correlated:
            factor = lower.new_zeros(*lower.shape[:-1], self.count, self.count)
            factor[..., self.below[0], self.below[1]] = lower  # the ones of the diagonal are not read
            solved = torch.linalg.solve_triangular(factor, deviation[..., None], upper=False, unitriangular=True)
            deviation = solved[..., 0]
        return mean + deviation
