"""From the samples of one signal to vectors that a recurrence reads: (B, T, ...), lengths to (B, T', F), lengths.

Each `Encoder` says how wide its vectors are (`size`) and how many samples lead from one to the next (`stride`), and
encodes a stream as it comes (`stream`).
"""

from recurra.nn.encoders.depth_channels import DepthChannels
from recurra.nn.encoders.encoder import Encoder
from recurra.nn.encoders.frame_channels import FrameChannels, VideoChannels
from recurra.nn.encoders.frame_cnn import FrameCNN, FrameEncoder
from recurra.nn.encoders.inertial_features import INERTIAL_FEATURES, InertialFeatures
from recurra.nn.encoders.parallel import ParallelEncoder
from recurra.nn.encoders.series import InertialEncoder, SeriesEncoder, SkeletonEncoder
from recurra.nn.encoders.skeleton_features import SKELETON_FEATURES, SkeletonFeatures
from recurra.nn.encoders.skeleton_layout import SKELETON_LAYOUTS, SkeletonLayout
from recurra.nn.encoders.temporal import TemporalBlock, TemporalConv

__all__ = [
    "INERTIAL_FEATURES",
    "SKELETON_FEATURES",
    "SKELETON_LAYOUTS",
    "DepthChannels",
    "Encoder",
    "FrameCNN",
    "FrameChannels",
    "FrameEncoder",
    "InertialEncoder",
    "InertialFeatures",
    "ParallelEncoder",
    "SeriesEncoder",
    "SkeletonEncoder",
    "SkeletonFeatures",
    "SkeletonLayout",
    "TemporalBlock",
    "TemporalConv",
    "VideoChannels",
]
