"""Clips that begin later, end sooner, and run faster or slower; the same for all signals of a clip."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TimeWarp:
    """Which moments of a clip are seen, in shares of it, so that signals of any rate are warped alike.

    Attributes:
        begin, end: first and last moment, 0 to 1.
        speed: how many times as fast it runs.
        bend: how far its middle is late (above 0) or early, in shares of what is seen; below 1/pi in size, so that time
            never runs back.
    """

    begin: float = 0.0
    end: float = 1.0
    speed: float = 1.0
    bend: float = 0.0

    def positions(self, steps: int) -> np.ndarray:
        """Where the samples to come lie among `steps` samples, as numbers from 0 to steps - 1."""
        last = steps - 1
        count = max(1, round((self.end - self.begin) * last / self.speed) + 1)
        share = np.linspace(0.0, 1.0, count)
        share = share - self.bend * np.sin(np.pi * share)
        moments: np.ndarray = self.begin + (self.end - self.begin) * share.clip(0.0, 1.0)
        return moments * last

    def apply(self, samples: np.ndarray) -> np.ndarray:
        """Bring samples (T, ...) to those of the moments seen, (T', ...): whole numbers the nearest, others between.

        A sample between a missing one (NaN) and another is missing.
        """
        positions = self.positions(len(samples))
        if not np.issubdtype(samples.dtype, np.floating):
            nearest: np.ndarray = samples[np.rint(positions).astype(np.int64)]
            return nearest
        before = np.floor(positions).astype(np.int64)
        after = np.ceil(positions).astype(np.int64)  # the same, where a position is a sample's own
        weight = (positions - before).astype(samples.dtype)
        weight = weight.reshape(-1, *[1] * (samples.ndim - 1))
        warped: np.ndarray = samples[before] * (1 - weight) + samples[after] * weight
        return warped


@dataclass(frozen=True)
class TimeWarpAugmentation:
    """How far time is warped.

    speed: slowest and fastest, in times the speed that was.
    crop: largest share that is cut off at each end.
    bend: largest shift of the middle.
    """

    speed: tuple[float, float] = (0.75, 1.3)
    crop: float = 0.1
    bend: float = 0.05

    def draw(self, generator: np.random.Generator) -> TimeWarp:
        """Draw one; speeds are as often so many times faster as slower."""
        slowest, fastest = np.log(self.speed)
        return TimeWarp(
            begin=generator.uniform(0.0, self.crop),
            end=1.0 - generator.uniform(0.0, self.crop),
            speed=float(np.exp(generator.uniform(slowest, fastest))),
            bend=generator.uniform(-self.bend, self.bend),
        )
