"""Which encoder reads which signal."""

from typing import Any

from torch import Tensor

from recurra.nn.encoders import (
    INERTIAL_FEATURES,
    SKELETON_FEATURES,
    SKELETON_LAYOUTS,
    DepthChannels,
    Encoder,
    FrameEncoder,
    InertialEncoder,
    InertialFeatures,
    ParallelEncoder,
    SeriesEncoder,
    SkeletonEncoder,
    SkeletonFeatures,
    VideoChannels,
)
from recurra.tasks.video.config import VideoConfig
from recurra.tasks.video.conv_encoder import ConvRecurrentEncoder
from recurra.tasks.video.feature_encoder import FeatureEncoder
from recurra.tasks.video.signal import Signal

CONV_CELLS = {"conv-lstm": "lstm", "conv-gru": "gru"}
"""Encoders that are a convolutional recurrence, and its cell."""

_DEPTH = "depth"  # the name of frames whose pixels are distances
_INERTIAL = "inertial"  # the name of numbers that sensors of three axes measured, the accelerometer first


def make_encoder(name: str, signal: Signal, config: VideoConfig) -> Encoder:
    """Make what reads the samples of a signal.

    Args:
        name: of the signal.
        signal: what it is.
        config: the settings.
    """
    if signal.encoded:
        return FeatureEncoder(signal.encoded)
    if signal.kind == "frames":
        return _frames(name, signal, config)
    causal = not config.bidirectional
    strides: dict[str, Any] = {"strides": (1, 1, 1)} if config.per_step else {}  # else fewer answers than samples
    if signal.kind == "skeleton":
        joints, dimensions = signal.shape
        layout = next((layout for layout, known in SKELETON_LAYOUTS.items() if len(known.joints) == joints), None)
        if layout is not None and dimensions in (2, 3):
            # where joints are hangs on the person, how they move hardly does: read apart, one does not spoil the other
            views = [SkeletonFeatures(layout, dimensions, (kind,)) for kind in SKELETON_FEATURES]
            return ParallelEncoder([SkeletonEncoder(view, causal=causal, **strides) for view in views])
    if name == _INERTIAL and len(signal.shape) == 1 and signal.numbers % 3 == 0:
        window = max(1, round(signal.rate / 2))  # half a second: gravity stays in its mean, movements go
        of_sensors = [InertialFeatures(signal.numbers // 3, window, (kind,)) for kind in INERTIAL_FEATURES]
        return ParallelEncoder([InertialEncoder(view, causal=causal, **strides) for view in of_sensors])
    return _Flat(signal.numbers, causal=causal, **strides)


def _frames(name: str, signal: Signal, config: VideoConfig) -> Encoder:
    """A network over frames; the residual one sees as many of them a second as the settings ask for."""
    height, width, colors = signal.shape
    if config.encoder in CONV_CELLS:
        return ConvRecurrentEncoder(CONV_CELLS[config.encoder], colors, config.channels)
    every = 1 if config.per_step else max(1, round(signal.rate / config.frame_rate))
    sizes = tuple(config.channels * factor for factor in (1, 2, 4))
    if name == _DEPTH and colors == 1:
        return FrameEncoder(DepthChannels((height, min(height, width))), every, sizes=sizes)
    return FrameEncoder(VideoChannels(colors), every, sizes=sizes)


class _Flat(SeriesEncoder):
    """Samples of any shape, (B, T, ...), read as rows of numbers."""

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring (B, T, ...), lengths (B,), to (B, T', F) and its lengths."""
        return super().forward(x.reshape(*x.shape[:2], -1), lengths)

    def _stream(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        return super()._stream(x.reshape(*x.shape[:2], -1), state)
