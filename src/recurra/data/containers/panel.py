"""Sequences in one frame, a row a step, whose index says which sequence and which step: sktime's "pd-multiindex"."""

from typing import Any

from recurra.data.containers.rows import is_frame


def is_panel(data: Any) -> bool:
    """Whether a frame has an index of two levels."""
    return is_frame(data) and getattr(getattr(data, "index", None), "nlevels", 1) == 2


def sequences_of(frame: Any) -> list[Any]:
    """Give a frame for each value of the first level, in the order in which they first come; rows stay in theirs."""
    return [part for _, part in frame.groupby(level=0, sort=False)]
