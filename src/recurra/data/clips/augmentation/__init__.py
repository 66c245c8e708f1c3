"""Clips made anew for training: other speeds, views, sensors and light, all drawn from a generator.

Each function brings the samples of one signal, (T, ...), to such samples; what it was given stays as it is. `augment`
does all of it to the signals of one clip.
"""

from recurra.data.clips.augmentation.clip import ClipAugmentation, augment
from recurra.data.clips.augmentation.depth import DepthAugmentation
from recurra.data.clips.augmentation.faults import FaultAugmentation
from recurra.data.clips.augmentation.inertial import InertialAugmentation
from recurra.data.clips.augmentation.skeleton import SkeletonAugmentation
from recurra.data.clips.augmentation.time_warp import TimeWarp, TimeWarpAugmentation
from recurra.data.clips.augmentation.video import VideoAugmentation

__all__ = [
    "ClipAugmentation",
    "DepthAugmentation",
    "FaultAugmentation",
    "InertialAugmentation",
    "SkeletonAugmentation",
    "TimeWarp",
    "TimeWarpAugmentation",
    "VideoAugmentation",
    "augment",
]
