"""All signals of one clip changed together: in the same time, and each in its own way."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from recurra.data.clips.augmentation.depth import DepthAugmentation
from recurra.data.clips.augmentation.inertial import InertialAugmentation
from recurra.data.clips.augmentation.skeleton import SkeletonAugmentation
from recurra.data.clips.augmentation.time_warp import TimeWarpAugmentation
from recurra.data.clips.augmentation.video import VideoAugmentation


@dataclass(frozen=True)
class ClipAugmentation:
    """What is done to each signal; None leaves it as it is."""

    time: TimeWarpAugmentation | None = field(default_factory=TimeWarpAugmentation)
    video: VideoAugmentation | None = field(default_factory=VideoAugmentation)
    depth: DepthAugmentation | None = field(default_factory=DepthAugmentation)
    skeleton: SkeletonAugmentation | None = field(default_factory=SkeletonAugmentation)
    inertial: InertialAugmentation | None = field(default_factory=InertialAugmentation)


def augment(
    signals: Mapping[str, np.ndarray | None], generator: np.random.Generator, settings: ClipAugmentation | None = None
) -> dict[str, np.ndarray | None]:
    """Draw another clip from one.

    Args:
        signals: samples (T, ...) by name; None where the clip lacks the signal. A name that is none of `settings` is
            warped in time and no more.
        generator: what is drawn is a function of its state and of the signals alone.
        settings: what is done.

    Returns:
        The same signals, changed; all begin and end at the same moments.
    """
    settings = settings or ClipAugmentation()
    warp = settings.time.draw(generator) if settings.time else None
    drawn: dict[str, np.ndarray | None] = {}
    for name, samples in signals.items():
        if samples is not None and warp is not None:
            samples = warp.apply(samples)
        change = getattr(settings, name, None) if name != "time" else None
        if samples is not None and change is not None:
            samples = change.apply(samples, generator)
        drawn[name] = samples
    return drawn
