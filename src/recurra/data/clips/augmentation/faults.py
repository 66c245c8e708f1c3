"""Faults of any sensor: it freezes, it falls behind, it is not there."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class FaultAugmentation:
    """How often which fault befalls a signal.

    frozen: chance that for a part of the clip it stays as it was.
    held: chance that only every second to sixth sample is seen, held until the next.
    lost: chance that it is not there at all. One signal of a clip always is.
    """

    frozen: float = 0.1
    held: float = 0.1
    lost: float = 0.2

    def apply(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Freeze or hold (T, ...), to the same shape."""
        samples = freeze(samples, generator, self.frozen)
        return hold(samples, generator, self.held)

    def draw_lost(self, names: Collection[str], generator: np.random.Generator) -> set[str]:
        """Draw which of the signals of a clip are lost; never all of them."""
        ordered = list(names)
        if not ordered:
            return set()
        stays = ordered[generator.integers(len(ordered))]
        is_lost = generator.random(len(ordered)) < self.lost
        return {name for name, lost in zip(ordered, is_lost, strict=True) if lost and name != stays}


def freeze(samples: np.ndarray, generator: np.random.Generator, chance: float) -> np.ndarray:
    """Stay, with a chance, for a part of the clip at the sample that it begins with."""
    if generator.random() >= chance:
        return samples
    first, last = np.sort(generator.integers(0, len(samples), 2))
    source = np.arange(len(samples))
    source[first : last + 1] = first
    frozen: np.ndarray = samples[source]
    return frozen


def hold(samples: np.ndarray, generator: np.random.Generator, chance: float) -> np.ndarray:
    """See, with a chance, only every second to sixth sample, each held until the next."""
    if generator.random() >= chance:
        return samples
    every = generator.integers(2, 7)
    held: np.ndarray = samples[np.arange(len(samples)) // every * every]
    return held
