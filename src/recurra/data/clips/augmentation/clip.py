"""All signals of one clip changed together: in the same time, and each in its own way."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from recurra.data.clips.augmentation.depth import DepthAugmentation
from recurra.data.clips.augmentation.faults import FaultAugmentation
from recurra.data.clips.augmentation.inertial import InertialAugmentation
from recurra.data.clips.augmentation.skeleton import SkeletonAugmentation
from recurra.data.clips.augmentation.time_warp import TimeWarpAugmentation
from recurra.data.clips.augmentation.video import VideoAugmentation


@dataclass(frozen=True)
class ClipAugmentation:
    """What is done to each signal; None leaves it as it is.

    time: the same for all.
    faults: to all, each for itself, before what is done to a signal of its kind.
    video, depth, skeleton, inertial: to the signal of this name.
    """

    time: TimeWarpAugmentation | None = field(default_factory=TimeWarpAugmentation)
    faults: FaultAugmentation | None = None
    video: VideoAugmentation | None = field(default_factory=VideoAugmentation)
    depth: DepthAugmentation | None = field(default_factory=DepthAugmentation)
    skeleton: SkeletonAugmentation | None = field(default_factory=SkeletonAugmentation)
    inertial: InertialAugmentation | None = field(default_factory=InertialAugmentation)


def augment(
    signals: Mapping[str, np.ndarray | None], generator: np.random.Generator, settings: ClipAugmentation | None = None
) -> dict[str, np.ndarray | None]:
    """Draw another clip from one.

    Args:
        signals: samples (T, ...) by name; None where the clip lacks the signal. A name that `settings` does not know
            has its time warped and its faults, and no more.
        generator: what is drawn is a function of its state and of the signals alone.
        settings: what is done.

    Returns:
        The same signals, changed; all begin and end at the same moments. None where a signal is lost.
    """
    settings = settings or ClipAugmentation()
    changes = {
        "video": settings.video,
        "depth": settings.depth,
        "skeleton": settings.skeleton,
        "inertial": settings.inertial,
    }
    warp = settings.time.draw(generator) if settings.time else None
    there = [name for name, samples in signals.items() if samples is not None]
    lost = settings.faults.draw_lost(there, generator) if settings.faults else set()
    drawn: dict[str, np.ndarray | None] = {}
    for name, samples in signals.items():
        if samples is None or name in lost:
            drawn[name] = None
            continue
        if warp:
            samples = warp.apply(samples)
        if settings.faults:
            samples = settings.faults.apply(samples, generator)
        change = changes.get(name)
        drawn[name] = change.apply(samples, generator) if change else samples
    return drawn
