"""Listed clips read: videos decoded to frames at a rate and of a size, all other signals as they are."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from recurra.data.clips import strip
from recurra.data.clips.clip_list import ClipList
from recurra.data.clips.clips import Clips
from recurra.data.clips.image_size import FrameSize, resize
from recurra.data.clips.lazy_samples import ConvertedSamples
from recurra.errors import DataError, quote


def read(clips: ClipList, frame_rate: float, frame_size: FrameSize, signals: Sequence[str] | None = None) -> Clips:
    """Read listed clips.

    Args:
        clips: where they are.
        frame_rate: frames a second of videos.
        frame_size: of videos, as of `recurra.data.clips.image_size`.
        signals: which are read; None reads all.

    Raises:
        DataError: a signal is in no clip.
    """
    chosen = _chosen(clips, signals)
    samples: dict[str, Any] = {}
    rates = dict[str, float]()
    for name in chosen:
        samples[name], rates[name] = clips.sources[name], clips.rates.get(name, frame_rate)
        if name == "video":
            samples[name] = [_strip(source, rates[name], frame_size) for source in clips.sources[name]]
        if name == "depth":
            samples[name] = ConvertedSamples(clips.sources[name], _with_channel)
    return Clips(samples, rates, clips.answers, clips.groups, clips.locations.__getitem__)


def _chosen(clips: ClipList, signals: Sequence[str] | None) -> list[str]:
    for name in signals or ():
        if name not in clips.sources:
            raise DataError(f"signals: expected some of {', '.join(clips.sources)}, got {quote(name)}")
    return list(clips.sources if signals is None else signals)


def _with_channel(depth: np.ndarray) -> np.ndarray:
    """Depth images (T, H, W) with an axis of one channel, (T, H, W, 1)."""
    return depth if depth.ndim == 4 else depth[..., None]


def _strip(source: Any, rate: float, frame_size: FrameSize) -> np.ndarray:
    return np.stack([resize(frame.image, frame_size) for frame in strip.frames(source, rate)])
