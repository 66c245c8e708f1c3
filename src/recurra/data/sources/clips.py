"""Clips from what a person names: named data sets."""

from collections.abc import Mapping, Sequence
from typing import Any

from recurra.data.clips import reading
from recurra.data.clips.clip_list import ClipList
from recurra.data.clips.clips import Clips
from recurra.data.clips.image_size import FrameSize
from recurra.data.sources import named
from recurra.errors import DataError, quote

JOB = "video"


def part_names(data: Any) -> list[str]:
    """The parts that data have: "train", "valid", "test"; a person's own files are one part, "train".

    Raises:
        DataError: there is nothing of that name.
    """
    return list(_parts(data))


def resolve(
    data: Any,
    *,
    frame_rate: float,
    frame_size: FrameSize,
    part: str | None = None,
    signals: Sequence[str] | None = None,
    rates: Mapping[str, float] | None = None,
    skip_bad: bool = False,
    threads: int = 0,
) -> Clips:
    """Find clips and read them.

    Args:
        data: the name of a data set.
        part: which part; None is "train".
        frame_rate, frame_size, signals, rates, skip_bad, threads: see `recurra.data.clips.reading.ReadingSettings`.

    Raises:
        DataError: there is nothing of that name, or it is not as expected.
    """
    parts = _parts(data)
    name = part or "train"
    if name not in parts:
        raise DataError(f"{data}: expected one of the parts {', '.join(parts)}, got {quote(name)}")
    settings = reading.ReadingSettings(frame_rate, frame_size, signals, rates, skip_bad, threads)
    return reading.read(parts[name], settings)


def _parts(data: Any) -> dict[str, ClipList]:
    return named.parts(str(data), JOB)
