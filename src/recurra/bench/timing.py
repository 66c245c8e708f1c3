"""Ways to do the same work, timed in turn, round after round, so that a slow moment of the machine strikes them all."""

import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

Name = TypeVar("Name")

AGREE = 1e-3  # largest difference of results, relative to the largest value of each
_PAUSE = 0.02  # seconds before a burst: idle threads of the way before it stop spinning


class Unavailable(Exception):
    """A way cannot take part; the message says why, in words for a table."""


@dataclass(frozen=True)
class Timing:
    """How long calls took.

    Attributes:
        seconds: median of a call.
        setting: that was fastest, where there was a choice.
        spread: how far apart the quartiles of the calls are, as a share of the median.
    """

    seconds: float
    setting: str = ""
    spread: float = 0.0

    @classmethod
    def of(cls, times: Sequence[float], setting: str = "") -> "Timing":
        """Summarize the seconds of calls, of at least one."""
        median = statistics.median(times)
        if len(times) < 2:
            return cls(median, setting)
        first, _, third = statistics.quantiles(times, n=4, method="inclusive")
        return cls(median, setting, (third - first) / median)


class Way(Protocol):
    """One way to do a piece of work."""

    setting: str

    def choose(self, seconds: float) -> Sequence[Tensor]:
        """Try each setting for about so many seconds, keep the fastest, and give the results to compare.

        Raises:
            Unavailable: it cannot run here.
        """

    def burst(self, seconds: float) -> list[float]:
        """Do the work again and again for about so many seconds; give the seconds of each time."""


class Here:
    """A way in this process.

    Args:
        call: does the work once.
        threads: numbers of threads to try.
        gradients: whether the work needs them; else it runs in inference mode.
        read: finds in what `call` returns the tensors to compare.
    """

    def __init__(
        self,
        call: Callable[[], Any],
        threads: Sequence[int],
        *,
        gradients: bool = False,
        read: Callable[[Any], Sequence[Tensor]] = list,
    ):
        self.call, self.threads, self.gradients, self.read = call, threads, gradients, read
        self.chosen, self.setting = threads[0], ""

    def choose(self, seconds: float) -> Sequence[Tensor]:
        """Try each number of threads; give the results."""
        self.chosen = fastest({count: partial(self._at, count, self.call) for count in self.threads}, seconds)
        if len(self.threads) > 1:
            self.setting = f"{self.chosen} thread{'s' if self.chosen > 1 else ''}"
        return self.read(self._at(self.chosen, self.call))

    def burst(self, seconds: float) -> list[float]:
        """Do the work for about so many seconds."""
        times: list[float] = self._at(self.chosen, partial(burst, self.call, seconds))
        return times

    def _at(self, threads: int, call: Callable[[], Any]) -> Any:
        torch.set_num_threads(threads)
        with torch.inference_mode(not self.gradients):
            return call()


def burst(call: Callable[[], Any], seconds: float) -> list[float]:
    """Call again and again for about so many seconds, at least once; give the seconds of each call.

    The first call finds cold caches and sleeping threads: it does not count where there is a second.
    """
    times: list[float] = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return times[1:] or times


def fastest(settings: Mapping[Name, Callable[[], Any]], seconds: float) -> Name:
    """Name the fastest of several calls; each runs once before it counts, and then for about so many seconds."""
    medians = {}
    for name, call in settings.items():
        call()
        medians[name] = statistics.median(burst(call, seconds)) if len(settings) > 1 else 0.0
    return min(medians, key=medians.__getitem__)


def difference(some: Iterable[Tensor], others: Iterable[Tensor]) -> float:
    """Largest difference of the tensors that both have, each relative to its largest value; shapes do not matter."""
    pairs = [(a.detach().flatten(), b.detach().flatten()) for a, b in zip(some, others, strict=False)]
    apart = [(a - b).abs().max() / a.abs().max().clamp(min=1e-30) for a, b in pairs]
    return float(torch.stack(apart).max())  # not a number where any is not


def compare(
    ours: Way, peers: Mapping[str, Way], *, budget: float, rounds: int, between: Callable[[], None] | None = None
) -> tuple[Timing, dict[str, Timing | str]]:
    """Time one way and its peers in turn.

    Args:
        ours: what the peers are compared with; their results must be its own within `AGREE`.
        peers: by name.
        budget: seconds for each way, in all rounds together; a call may take longer, it is made once a round then.
        rounds: how often each has its turn.
        between: called before each round.

    Returns:
        Our timing, and of each peer its own or the words why there is none.
    """
    results = list(ours.choose(budget / rounds))
    outcomes: dict[str, Timing | str] = {}  # of the peers that are done, or that cannot take part
    running: dict[str, Way] = {}
    for name, way in peers.items():
        try:
            largest = difference(results, way.choose(budget / rounds))
        except Unavailable as error:
            outcomes[name] = str(error)
            continue
        if largest <= AGREE:
            running[name] = way
        else:  # also where it is not a number
            outcomes[name] = f"differs by {largest:.0e}"
    times: dict[str, list[float]] = {name: [] for name in ("", *running)}  # "" is ours
    for _ in range(rounds):
        if between is not None:
            between()
        for name, way in {"": ours, **running}.items():
            if name in outcomes:
                continue
            time.sleep(_PAUSE)
            try:
                times[name] += way.burst(budget / rounds)
            except Unavailable as error:
                outcomes[name] = str(error)
    for name, way in running.items():
        if name not in outcomes:
            outcomes[name] = Timing.of(times[name], way.setting)
    return Timing.of(times[""], ours.setting), {name: outcomes[name] for name in peers}
