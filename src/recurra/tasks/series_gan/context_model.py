"""How what does not change in a series is distributed: column by column, and correlated (a Gaussian copula)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from recurra.data.tables.feature import Feature
from recurra.tasks.series_gan.heads import slices

_POINTS = 101  # of the distribution of a number
_SHRUNK = 0.1  # share of the correlations that is taken for chance


@dataclass(frozen=True)
class ContextModel:
    """A distribution of context.

    Attributes:
        quantiles: of each number its quantiles from 0 to 1; of each category and mark the cumulated shares of its
            values.
        correlation: of their ranks, in deviations of a normal distribution.
    """

    quantiles: list[list[float]]
    correlation: list[list[float]]

    @classmethod
    def learn(cls, context: np.ndarray, features: Sequence[Feature], seed: int) -> "ContextModel":
        """Measure the context of all series, (N, C).

        Args:
            context: as `TableEncoding.encode` gives it.
            features: of it.
            seed: of the order of equal values.
        """
        generator = np.random.default_rng(seed)
        quantiles, normal = list[list[float]](), list[np.ndarray]()
        for feature, part in zip(features, slices(features), strict=True):
            numbers = context[:, part]
            if feature.kind == "number":
                quantiles.append(np.quantile(numbers[:, 0], np.linspace(0, 1, _POINTS)).tolist())
                ranks = np.lexsort((generator.uniform(size=len(numbers)), numbers[:, 0])).argsort()
                uniform = (ranks + 0.5) / len(numbers)
            else:
                chosen = numbers.argmax(1) if feature.kind == "category" else (numbers[:, 0] > 0.5).astype(np.int64)
                shares = np.bincount(chosen, minlength=max(2, feature.size)) / len(numbers)
                ends = np.cumsum(shares)
                quantiles.append(ends.tolist())
                uniform = ends[chosen] - shares[chosen] * generator.uniform(size=len(numbers))
            normal.append(_normal_quantile(uniform))
        if len(context) < 2 or not normal:
            return cls(quantiles, np.eye(len(normal)).tolist())
        correlation = np.nan_to_num(np.atleast_2d(np.corrcoef(np.stack(normal))))
        shrunk = (1 - _SHRUNK) * correlation + _SHRUNK * np.eye(len(normal))
        return cls(quantiles, shrunk.tolist())

    def draw(self, count: int, features: Sequence[Feature], generator: np.random.Generator) -> np.ndarray:
        """Draw the context of so many series, (count, C) float32."""
        size = sum(feature.size for feature in features)
        context = np.zeros((count, size), np.float32)
        if not features:
            return context
        factor = np.linalg.cholesky(np.asarray(self.correlation))
        uniform = _normal_share(generator.normal(size=(count, len(features))) @ factor.T)
        for position, (feature, part) in enumerate(zip(features, slices(features), strict=True)):
            quantiles = np.asarray(self.quantiles[position])
            if feature.kind == "number":
                context[:, part.start] = np.interp(uniform[:, position], np.linspace(0, 1, len(quantiles)), quantiles)
                continue
            chosen = np.minimum(np.searchsorted(quantiles, uniform[:, position], side="right"), len(quantiles) - 1)
            if feature.kind == "category":
                context[np.arange(count), part.start + np.minimum(chosen, feature.size - 1)] = 1
            else:
                context[:, part.start] = chosen
        return context


def _normal_quantile(uniform: np.ndarray) -> np.ndarray:
    return np.asarray(torch.special.ndtri(torch.from_numpy(np.clip(uniform, 1e-6, 1 - 1e-6))).numpy())


def _normal_share(normal: np.ndarray) -> np.ndarray:
    return np.asarray(torch.special.ndtr(torch.from_numpy(normal)).numpy())
