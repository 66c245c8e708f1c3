"""Frames taken at a rate by the time at which they are shown, so that copies of other frame rates give the same."""

from collections.abc import Iterable, Iterator
from typing import Any

from recurra.data.clips.frame import Frame, SourceFrame
from recurra.data.clips.image_size import FrameSize, height_and_width
from recurra.errors import DataError, quote

HIGHEST_RATE = 1000.0  # frames a second

# Containers round times to a millisecond: a frame that is late by less is shown in time.
_TOLERANCE = 1e-3  # seconds


def require_rate(name: str, rate: Any) -> None:
    """Refuse what is no frame rate.

    Raises:
        DataError: it is no number above 0 and up to `HIGHEST_RATE`.
    """
    is_number = isinstance(rate, int | float) and not isinstance(rate, bool)
    if not (is_number and 0 < rate <= HIGHEST_RATE):
        raise DataError(f"{name}: expected a number above 0 and at most {HIGHEST_RATE:g} a second, got {quote(rate)}")


def sample(frames: Iterable[SourceFrame], rate: float, frame_size: FrameSize) -> Iterator[Frame]:
    """Take frames at a rate: at each time k / rate, from the first frame on, the last one that is shown by then.

    Of a stream each frame is given as soon as the next one has come, which tells that nothing else was to be shown.

    Args:
        frames: in the order of their times.
        rate: frames a second.
        frame_size: of the images.

    Yields:
        Frames, whose times are k / rate; the last one within the duration of the last frame of the source.
    """
    require_rate("frame_rate", rate)
    size = height_and_width(frame_size)
    taken, number = 0, -1
    shown: _Shown | None = None
    for number, frame in enumerate(frames):
        if shown is not None:
            while taken / rate < frame.time - _TOLERANCE:
                yield shown.at(taken / rate)
                taken += 1
        shown = _Shown(frame, number, size)
    if shown is None:
        return
    end = shown.frame.time + shown.frame.duration
    while taken == 0 or taken / rate < end - _TOLERANCE:
        yield shown.at(taken / rate)
        taken += 1


class _Shown:
    """The frame that is shown, whose image is made when it is first taken."""

    def __init__(self, frame: SourceFrame, number: int, size: tuple[int, int]):
        self.frame, self.number, self.size = frame, number, size
        self.image: Any = None

    def at(self, time: float) -> Frame:
        if self.image is None:
            self.image = self.frame.resized(self.size)
        return Frame(self.image, time, self.number)
