"""Bounds of settings, as the type of a Config's field: `dropout: Fraction = 0.2`.

They are `annotated_types.Interval`, so that other libraries read them too.
"""

from typing import Annotated, Any

from annotated_types import Interval

Count = Annotated[int, Interval(ge=1, le=1_000_000_000)]
CountOrZero = Annotated[int, Interval(ge=0, le=1_000_000_000)]
VocabularySize = Annotated[int, Interval(ge=0, le=1_000_000)]
"""Room for so many is made when byte pairs are learnt."""
Epochs = Annotated[int, Interval(ge=1, le=1_000_000)]
Size = Annotated[int, Interval(ge=1, le=100_000)]
"""Units of a layer, or numbers of a vector."""
SizeOrZero = Annotated[int, Interval(ge=0, le=100_000)]
Layers = Annotated[int, Interval(ge=1, le=1000)]
Seed = Annotated[int, Interval(ge=0, le=2**32 - 1)]
Threads = Annotated[int, Interval(ge=0, le=1024)]

Fraction = Annotated[float, Interval(ge=0, lt=1)]
"""Of something that must not vanish whole, such as what dropout leaves."""
Probability = Annotated[float, Interval(ge=0, le=1)]
Factor = Annotated[float, Interval(gt=0, le=1)]
Positive = Annotated[float, Interval(gt=0, le=1_000_000)]
NotNegative = Annotated[float, Interval(ge=0, le=1_000_000)]
Seconds = Annotated[float, Interval(ge=0, le=1_000_000_000)]


def holds(interval: Interval, value: Any) -> bool:
    """Whether a number lies within the bounds; NaN never does."""
    above = value > interval.gt if interval.gt is not None else value >= least(interval)
    below = value < interval.lt if interval.lt is not None else value <= most(interval)
    return bool(above and below)


def expected(interval: Interval, value: Any) -> str:
    """Say what was expected in the place of a value out of bounds."""
    if most(interval) <= 1:
        return f"{least(interval):g} {'<=' if interval.gt is None else '<'} p {_below(interval)}"
    if value > most(interval):
        return f"at most {most(interval):,}"
    if interval.gt is not None:
        return f"a number above {least(interval):g}"
    return f"{least(interval):g} or more" if least(interval) == 0 else f"at least {least(interval):g}"


def shown(interval: Interval) -> str:
    """The bounds as a command's help shows them, such as "0 <= x < 1" or ">= 1"; far upper bounds are left out."""
    if most(interval) >= 1000:
        return f"{'>=' if interval.gt is None else '>'} {least(interval):g}"
    return f"{least(interval):g} {'<=' if interval.gt is None else '<'} x {_below(interval)}"


def _below(interval: Interval) -> str:
    return f"{'<=' if interval.lt is None else '<'} {most(interval):g}"


def least(interval: Interval) -> Any:
    """The lower bound, whether it is included or not."""
    return interval.ge if interval.gt is None else interval.gt


def most(interval: Interval) -> Any:
    """The upper bound, whether it is included or not."""
    return interval.le if interval.lt is None else interval.lt
