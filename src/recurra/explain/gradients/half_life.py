"""How fast a gradient fades with distance: its rate, its half-life, its reach."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_LEAST = 1e-30  # of the gradient at distance 0; what is smaller is rounding
_FEWEST = 3  # distances that a rate is found from
_ALL = 0.995  # from this part on it is called all
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
    def half_distance(self) -> float | None:
        """The first distance at which half of the gradient is left, in steps, between two of them too; None where more
        than half is left at all.

        Of a gradient that fades evenly it is the half-life. Most fade fast at first and then slowly.
        """
        first = next((k for k, ratio in enumerate(self.ratios) if ratio <= 0.5), None)
        if first is None or first == 0:
            return None
        before, after = self.ratios[first - 1], max(self.ratios[first], _LEAST)
        return first - 1 + math.log(before / 0.5) / math.log(before / after)

    @property
    def farthest(self) -> float:
        """What is left at the largest distance, as a part of what was there."""
        return self.ratios[-1] if self.ratios else 1.0

    @property
    def largest(self) -> float:
        """The largest ratio at any distance."""
        finite = [ratio for ratio in self.ratios if math.isfinite(ratio)]
        return math.inf if len(finite) < len(self.ratios) else max(finite, default=1.0)


def told(fading: Fading) -> str:
    """How much of a gradient is left, in words."""
    back = len(fading.ratios) - 1
    far = f"{_steps(back)} back"
    half = fading.half_distance
    if half is None:
        share = "all" if fading.farthest >= _ALL else f"{fading.farthest:.2g}"
        return f"{share} of a gradient is left {far}"
    return f"half of a gradient is left {_steps(half)} back, {fading.farthest:.2g} of it {far}"


def _steps(count: float) -> str:
    shown = f"{count}" if isinstance(count, int) else f"{count:.2g}"
    return f"{shown} step" if shown == "1" else f"{shown} steps"


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
