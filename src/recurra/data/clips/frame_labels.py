"""Labels of moments: spans of time with a label, and lists with a label a frame, brought to the samples of a clip."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from recurra.errors import DataError

BACKGROUND = "none"  # the label of what no span covers
_TOLERANCE = 1e-6  # seconds: times in files are rounded


@dataclass(frozen=True)
class Span:
    """A label from one time to another, in seconds from the first frame; its end does not belong to it."""

    start: float
    end: float
    label: Any


@dataclass(frozen=True)
class Spans:
    """What happens in a clip, and when; in order, none reaching into the next; `BACKGROUND` between them."""

    spans: tuple[Span, ...]

    def at_samples(self, sources: np.ndarray, rate: float, where: str) -> np.ndarray:
        """The label of each sample, (T,).

        Args:
            sources: which frame of the source each is, (T,).
            rate: samples a second.
            where: what an error calls the clip.
        """
        labels = np.full(len(sources), BACKGROUND, object)
        times = np.arange(len(sources)) / rate + _TOLERANCE
        for span in self.spans:
            labels[(times >= span.start) & (times < span.end)] = span.label
        return labels


@dataclass(frozen=True)
class FrameLabels:
    """A label for each frame of the source of a clip."""

    labels: tuple[Any, ...]

    def at_samples(self, sources: np.ndarray, rate: float, where: str) -> np.ndarray:
        """The label of each sample, (T,); arguments as of `Spans.at_samples`.

        Raises:
            DataError: there are fewer labels than frames, or more.
        """
        last = int(sources[-1])
        untaken = int(np.diff(sources, prepend=-1).max())  # so many frames may follow that are in no sample
        if not last < len(self.labels) <= last + untaken:
            expected = f"{last + 1:,} labels" if untaken == 1 else f"{last + 1:,} to {last + untaken:,} labels"
            raise DataError(f"{where}: expected {expected}, one for each frame, got {len(self.labels):,}")
        labels = np.empty(len(self.labels), object)
        labels[:] = self.labels
        chosen: np.ndarray = labels[sources]
        return chosen


def spans_of(spans: list[tuple[Span, str]]) -> Spans:
    """Put the spans of a clip in order.

    Args:
        spans: each with what an error calls it.

    Raises:
        DataError: one ends before it begins, or reaches into another; names it.
    """
    ordered = sorted(spans, key=lambda entry: entry[0].start)
    before: Span | None = None
    for span, where in ordered:
        if not 0 <= span.start < span.end:
            raise DataError(f"{where}: expected a start and an end behind it, got {span.start:g} and {span.end:g}")
        if before is not None and span.start < before.end - _TOLERANCE:
            raise DataError(
                f"{where}: expected a start at {before.end:g} or later, where the span before ends, got {span.start:g}"
            )
        before = span
    return Spans(tuple(span for span, _ in ordered))
