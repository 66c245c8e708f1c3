"""Token buckets: how many requests each may send in a minute, at once or spread out.

A bucket holds a minute's worth of requests and fills all the time; one that is full says no more than none, so that
few are kept. Source: the token bucket of Turner, 1986.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True)
class Allowance:
    """Whether a request may pass, how many may follow at once, and the seconds until the next may and until all may."""

    passes: bool
    remaining: int
    seconds_to_next: float
    seconds_to_full: float


class TokenBuckets:
    """Buckets by whose they are.

    Args:
        most: that are kept; beyond it those are forgotten that were not used for longest.
        clock: in seconds.
    """

    def __init__(self, most: int = 100_000, clock: Callable[[], float] = time.monotonic):
        self._most, self._clock = most, clock
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()  # requests left, and when

    def take(self, owner: Hashable, per_minute: int) -> Allowance:
        """Take one request from a bucket, if there is one."""
        now = self._clock()
        left, before = self._buckets.pop(owner, (float(per_minute), now))
        left = min(per_minute, left + (now - before) * per_minute / 60)
        passes = left >= 1
        if passes:
            left -= 1
        self._buckets[owner] = left, now
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        seconds = 60 / per_minute  # of a request
        return Allowance(passes, int(left), max(0.0, (1 - left) * seconds), (per_minute - left) * seconds)
