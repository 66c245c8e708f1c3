"""How clips are changed at random while they are learnt from."""

import numpy as np

from recurra.data.clips.augmentation import ClipAugmentation, VideoAugmentation, augment
from recurra.tasks.video.config import VideoConfig
from recurra.tasks.video.signal import Signal

_FLIPPED = 0.5  # of the clips, where left and right mean the same


def augmented(
    clip: dict[str, np.ndarray | None], signals: dict[str, Signal], config: VideoConfig, generator: np.random.Generator
) -> dict[str, np.ndarray | None]:
    """Change a clip at random, as the settings say.

    Args:
        clip: samples of each signal, (T, ...), or None.
        signals: what these are.
        config: the settings.
        generator: that draws.

    Returns:
        The clip, changed. Time is not where there is an answer at every frame.
    """
    if config.max_seconds and not config.per_step:
        clip = _part(clip, signals, config.max_seconds, generator)
    if not config.augment:
        return clip
    is_encoded = any(signal.encoded for signal in signals.values())  # then there are no frames any more
    video = None if is_encoded else VideoAugmentation(flip=_FLIPPED if config.flip else 0.0)
    settings = ClipAugmentation(video=video)
    if config.per_step:
        settings = ClipAugmentation(time=None, video=video)
    return augment(clip, generator, settings)


def _part(
    clip: dict[str, np.ndarray | None], signals: dict[str, Signal], seconds: float, generator: np.random.Generator
) -> dict[str, np.ndarray | None]:
    """So many seconds of a clip that is longer, the same of each signal."""
    durations = [len(samples) / signals[name].rate for name, samples in clip.items() if samples is not None]
    start = generator.uniform(0.0, max(0.0, max(durations) - seconds))
    part = dict[str, np.ndarray | None]()
    for name, samples in clip.items():
        if samples is None:
            part[name] = None
            continue
        rate = signals[name].rate
        first = min(int(start * rate), len(samples) - 1)
        part[name] = samples[first : first + max(1, round(seconds * rate))]
    return part
