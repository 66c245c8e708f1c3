"""Frames as they are in a file to channels that a convolution reads: colours, and how they change."""

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from recurra.nn.encoders.running import since


class FrameChannels(nn.Module, ABC):
    """What brings the frames of clips to channels that a network reads.

    channels: how many, C'.
    """

    channels: int

    @abstractmethod
    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Bring frames (B, T, H, W, C) to (B, T, C', H', W') in float32.

        Args:
            x: all frames, or the next ones of a stream.
            state: what the last call returned; None at the start.
        """


class VideoChannels(FrameChannels):
    """Colours from -1 to 1, and how the brightness has changed since the frame before.

    Args:
        colors: of a frame, C.
    """

    def __init__(self, colors: int = 3):
        super().__init__()
        self.channels = colors + 1

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Bring (B, T, H, W, C), uint8, to (B, T, C + 1, H, W); the state is the last brightness."""
        x = x.movedim(-1, 2).float() / 127.5 - 1  # (B, T, C, H, W)
        brightness = x.mean(2, keepdim=True)
        change = since(brightness, 1, brightness[:, :1] if state is None else state)
        return torch.cat([x, change], 2), brightness[:, -1:]
