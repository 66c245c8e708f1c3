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
