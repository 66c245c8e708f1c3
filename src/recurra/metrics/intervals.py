"""Means over repeated measurements, such as seeds, and how far they can be trusted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recurra.errors import DataError


@dataclass(frozen=True)
class Interval:
    """A mean, and the interval that holds the true one with the confidence asked for.

    Attributes:
        mean: of the measurements.
        low, high: ends of the interval; both infinite where there is one measurement alone, which says nothing of the
            spread.
        count: of the measurements.
    """

    mean: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        if self.count == 1:
            return f"{self.mean:.4g} (one measurement, no interval)"
        return f"{self.mean:.4g} ({self.low:.4g} to {self.high:.4g})"

    def to_json(self) -> dict[str, float | int | None]:
        """Give the numbers by name; no interval is null, since JSON has no infinity."""
        has_ends = self.count > 1
        return {
            "mean": self.mean,
            "low": self.low if has_ends else None,
            "high": self.high if has_ends else None,
            "count": self.count,
        }


def interval(measurements: Sequence[float], confidence: float = 0.95) -> Interval:
    """Give the mean of independent measurements with its interval by Student's t (1908).

    Args:
        measurements: finite numbers, at least one.
        confidence: probability that the interval holds the true mean, where the measurements are normal.

    Raises:
        DataError: there is none, or one is not finite.
    """
    values = np.asarray(measurements, dtype=float)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise DataError(f"measurements: expected finite numbers, at least one, got {list(measurements)}")
    mean, count = float(values.mean()), len(values)
    if count == 1:
        return Interval(mean, -math.inf, math.inf, 1)
    error = float(values.std(ddof=1)) / math.sqrt(count)
    margin = student_quantile(confidence, count - 1) * error
    return Interval(mean, mean - margin, mean + margin, count)


def difference(first: Sequence[float], second: Sequence[float], confidence: float = 0.95) -> Interval:
    """Give the interval of the mean of first minus second, measured in pairs, such as with the same seed.

    Raises:
        DataError: there are not as many of both, or one is not finite.
    """
    if len(first) != len(second):
        raise DataError(f"measurements: expected pairs, got {len(first)} and {len(second)}")
    return interval([one - other for one, other in zip(first, second, strict=True)], confidence)


def student_quantile(confidence: float, degrees: int) -> float:
    """Give the t that a variable of Student's distribution lies within, on both sides of 0, with a probability.

    Args:
        confidence: the probability, 0 < p < 1.
        degrees: of freedom, 1 or more.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: expected 0 < p < 1, got {confidence}")
    low, high = 0.0, math.pi / 2  # of the angle, whose tangent is t / sqrt(degrees)
    for _ in range(80):
        middle = (low + high) / 2
        if _within(middle, degrees) < confidence:
            low = middle
        else:
            high = middle
    return math.sqrt(degrees) * math.tan((low + high) / 2)


def _within(angle: float, degrees: int) -> float:
    """Probability that |t| < sqrt(degrees) tan(angle); Abramowitz and Stegun, 1964, 26.7.3 and 26.7.4."""
    cos, sin = math.cos(angle), math.sin(angle)
    is_odd = degrees % 2 == 1
    term = cos if is_odd else 1.0
    total = term if degrees > 1 else 0.0
    for k in range(3 if is_odd else 2, degrees - 1, 2):
        term *= (k - 1) / k * cos * cos
        total += term
    return 2 / math.pi * (angle + sin * total) if is_odd else sin * total
