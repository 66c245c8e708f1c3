"""Clips as they are listed: where the samples of each are, and what is known of it; nothing has been read yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.clips.lazy_samples import SelectedSamples
from recurra.errors import DataError

Source = Path | np.ndarray | None


@dataclass(frozen=True)
class ClipList:
    """Where the samples of clips are, and what is known of each.

    sources: by signal, for each clip a file or a folder, or its samples; None where it lacks the signal.
    rates: samples a second, by signal, of what has no clock of its own: arrays, and images without time stamps.
    answers: as of `Clips`; labels by time are `Spans`, labels of the frames of a file are `FrameLabels`.
    groups: as of `Clips`.
    locations: what an error calls each clip.
    """

    sources: Mapping[str, Sequence[Source]]
    locations: list[str]
    answers: list[Any] | None = None
    groups: list[str] | None = None
    rates: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.locations:
            raise DataError("expected at least one clip, got none")

    def __len__(self) -> int:
        return len(self.locations)

    def select(self, indices: Sequence[int]) -> "ClipList":
        """Some of the clips, in the order of `indices`."""
        return replace(
            self,
            sources={name: SelectedSamples(sources, indices) for name, sources in self.sources.items()},
            locations=[self.locations[i] for i in indices],
            answers=None if self.answers is None else [self.answers[i] for i in indices],
            groups=None if self.groups is None else [self.groups[i] for i in indices],
        )


def join(lists: Sequence[ClipList]) -> ClipList:
    """One list of clips after the other.

    Raises:
        DataError: some have answers and others none.
    """
    if len(lists) == 1:
        return lists[0]
    for clips in lists:
        if (clips.answers is None) != (lists[0].answers is None):
            raise DataError(f"{clips.locations[0]}: expected answers as of {lists[0].locations[0]}, or of neither")
    signals = list(dict.fromkeys(name for clips in lists for name in clips.sources))
    sources = {name: [source for clips in lists for source in _sources(clips, name)] for name in signals}
    groups = None
    if all(clips.groups is not None for clips in lists):
        groups = [group for clips in lists for group in clips.groups or ()]
    answers = None
    if lists[0].answers is not None:
        answers = [answer for clips in lists for answer in clips.answers or ()]
    return ClipList(sources, [name for clips in lists for name in clips.locations], answers, groups, lists[0].rates)


def _sources(clips: ClipList, name: str) -> Sequence[Source]:
    """The sources of a signal; None for each clip of a list that lacks it."""
    return clips.sources.get(name, [None] * len(clips))
