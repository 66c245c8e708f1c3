"""Which encoder reads which signal, and how it goes on with a clip that comes in pieces."""

from typing import Any

import torch
from torch import Tensor, nn

from recurra.errors import DataError
from recurra.nn.encoders import (
    SKELETON_LAYOUTS,
    DepthChannels,
    FrameEncoder,
    SeriesEncoder,
    SkeletonEncoder,
    SkeletonFeatures,
    VideoChannels,
)
from recurra.tasks.video.config import VideoConfig
from recurra.tasks.video.conv_encoder import ConvRecurrentEncoder
from recurra.tasks.video.signal import Signal

CONV_CELLS = {"conv-lstm": "lstm", "conv-gru": "gru"}
"""Encoders that are a convolutional recurrence, and its cell."""

_DEPTH = "depth"  # the name of frames whose pixels are distances


class SignalEncoder(nn.Module):
    """An encoder that can go on with a clip that comes in pieces.

    Args:
        encoder: brings samples (B, T, ...) and lengths (B,) to features (B, T', F) and their lengths.
        context: how many samples before a piece it looks back at; None where it cannot go on.
    """

    def __init__(self, encoder: nn.Module, context: int | None = None):
        super().__init__()
        self.encoder, self.context = encoder, context
        self.size: int = encoder.size  # type: ignore[assignment]
        self.stride: int = encoder.stride  # type: ignore[assignment]

    def forward(self, samples: Tensor, lengths: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor, Any]:
        """Encode samples.

        Args:
            samples: (B, T, ...).
            lengths: samples of each clip, (B,), 1 or more.
            state: the samples before, as returned; None at the beginning.

        Returns:
            Features (B, T', F), their lengths, and the samples to look back at next time.

        Raises:
            DataError: there is a state, but the encoder cannot go on.
        """
        if state is None:
            features, steps = self.encoder(samples, lengths)
            return features, steps, samples
        if self.context is None:
            raise DataError("stream: expected frames of video, got a signal that is read as a whole")
        before = state[:, max(0, state.shape[1] - self.context) :]
        joined = torch.cat([before, samples], 1)
        features, _ = self.encoder(joined, None)
        return features[:, before.shape[1] :], lengths, joined


def make_encoder(name: str, signal: Signal, config: VideoConfig) -> SignalEncoder | ConvRecurrentEncoder:
    """Make what reads the samples of a signal.

    Args:
        name: of the signal.
        signal: what it is.
        config: the settings.
    """
    if signal.kind == "frames":
        return _frames(name, signal, config)
    causal = not config.bidirectional
    if signal.kind == "skeleton":
        joints, dimensions = signal.shape
        layout = next((layout for layout, known in SKELETON_LAYOUTS.items() if len(known.joints) == joints), None)
        if layout is not None and dimensions in (2, 3):
            strides = (1, 1) if config.per_step else (1, 2)
            features = SkeletonFeatures(layout, dimensions)
            return SignalEncoder(SkeletonEncoder(features, strides=strides, causal=causal))
    strides = (1, 1, 1) if config.per_step else (2, 2, 2)
    return SignalEncoder(_Flat(SeriesEncoder(signal.numbers, strides=strides, causal=causal)))


def _frames(name: str, signal: Signal, config: VideoConfig) -> SignalEncoder | ConvRecurrentEncoder:
    """A network over frames; the residual one sees as many of them a second as the settings ask for."""
    height, width, colors = signal.shape
    if config.encoder in CONV_CELLS:
        return ConvRecurrentEncoder(CONV_CELLS[config.encoder], colors, config.channels)
    every = 1 if config.per_step else max(1, round(signal.rate / config.frame_rate))
    sizes = tuple(config.channels * factor for factor in (1, 2, 4))
    if name == _DEPTH and colors == 1:
        channels: DepthChannels | VideoChannels = DepthChannels((height, min(height, width)))
        return SignalEncoder(FrameEncoder(channels, every, sizes=sizes))
    return SignalEncoder(FrameEncoder(VideoChannels(colors), every, sizes=sizes), context=1 if every == 1 else None)


class _Flat(nn.Module):
    """Samples of any shape as rows of numbers, for an encoder of these."""

    def __init__(self, encoder: SeriesEncoder):
        super().__init__()
        self.encoder = encoder
        self.size, self.stride = encoder.size, encoder.stride

    def forward(self, samples: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring (B, T, ...), lengths (B,), to (B, T', F) and its lengths."""
        encoded: tuple[Tensor, Tensor | None] = self.encoder(samples.reshape(*samples.shape[:2], -1), lengths)
        return encoded
