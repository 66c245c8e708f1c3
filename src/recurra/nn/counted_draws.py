"""Random numbers that are a function of a seed and a count, so that a stream of them can stop and go on anywhere.

The count is all that changes, so that a text can be kept, sent elsewhere and gone on with, or wound back, and each text
of a batch draws as it would alone. Source: SplitMix64 (Steele, Lea and Flood, 2014, "Fast splittable pseudorandom
number generators"), whose n-th number is a hash of its seed and n.
"""

import secrets
from dataclasses import dataclass

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio, odd


@dataclass
class CountedDraws:
    """Numbers drawn one after another.

    seed: a whole number from 0 to 2^64 - 1. count: how many were drawn.
    """

    seed: int
    count: int = 0

    @classmethod
    def of(cls, seed: int | None, stream: int = 0) -> "CountedDraws":
        """Begin a stream.

        Args:
            seed: makes it repeatable; None takes one that nobody knows.
            stream: streams of one seed and different numbers have nothing in common.
        """
        if seed is None:
            return cls(secrets.randbits(64))
        return cls(_mix((_mix(seed & _MASK) + stream * _STEP) & _MASK))

    def uniform(self) -> float:
        """Draw a number of [0, 1), a multiple of 2^-53."""
        self.count += 1
        return (_mix((self.seed + self.count * _STEP) & _MASK) >> 11) * 2.0**-53


def _mix(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)
