"""How fast a gradient fades with distance: its rate, its half-life, its reach."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_LEAST = 1e-30  # of the gradient at distance 0; what is smaller is rounding
_FEWEST = 3  # distances that a rate is found from
_REACHES = 0.01  # of the gradient at distance 0


@dataclass(frozen=True)
class Fading:
    """How a gradient fades with the distance from where it starts.

    Attributes:
        ratios: its norm at each distance, as a part of that at distance 0.
        rate: by which the logarithm of the norm falls a step; negative where the gradient grows, None where the
            sequences are too short to tell.
        reach: the first distance at which less than a hundredth is left; None where more is left at all.
    """

    ratios: list[float]
    rate: float | None
    reach: int | None

    @property
    def half_life(self) -> float | None:
        """Steps after which half of the gradient is left; infinite where it does not fade, None where none is known."""
        if self.rate is None:
            return None
        return math.log(2) / self.rate if self.rate > 0 else math.inf

    @property
    def farthest(self) -> float:
        """What is left at the largest distance, as a part of what was there."""
        return self.ratios[-1] if self.ratios else 1.0

    @property
    def largest(self) -> float:
        """The largest ratio at any distance."""
        finite = [ratio for ratio in self.ratios if math.isfinite(ratio)]
        return math.inf if len(finite) < len(self.ratios) else max(finite, default=1.0)


def fading(ratios: Sequence[float]) -> Fading:
    """Find the rate at which a gradient fades.

    It is the slope of a line through the logarithms of the farther half of all distances, where the slowest way back
    is left over: for a linear recurrence the rate of its eigenvalue of the largest modulus.

    Args:
        ratios: norm of the gradient at distance 0, 1, 2, ... as a part of that at distance 0.
    """
    ratios = [float(ratio) for ratio in ratios]
    end = next((k for k, ratio in enumerate(ratios) if not (_LEAST < ratio < math.inf)), len(ratios))
    # the step from distance 0 leads from an output to a state, and is another than those between states
    distances = np.arange(max(1, end // 2), end)
    rate = None
    if len(distances) >= _FEWEST:
        slope, _ = np.polyfit(distances, np.log(np.asarray(ratios)[distances]), 1)
        rate = -float(slope)
    reach = next((k for k, ratio in enumerate(ratios) if ratio < _REACHES), None)
    return Fading(ratios, rate, reach)
