"""Frames as they are in a file to channels that a convolution reads: colours, and how they change."""

import torch
from torch import Tensor, nn


class FrameChannels(nn.Module):
    """What brings frames of clips, (B, T, H, W, C), to `channels` that a network reads, (B, T, channels, H', W')."""

    channels: int


class VideoChannels(FrameChannels):
    """Frames of colour to channels: their values from -1 to 1, and how the brightness changed since the frame before.

    `channels` is their number, one more than those of a frame.
    """

    def __init__(self, channels: int = 3):
        super().__init__()
        self.channels = channels + 1

    def forward(self, x: Tensor) -> Tensor:
        """Bring (B, T, H, W, C), uint8, to (B, T, C + 1, H, W) in float32."""
        x = x.movedim(-1, 2).float() / 127.5 - 1  # (B, T, C, H, W)
        brightness = x.mean(2, keepdim=True)
        change = torch.cat([torch.zeros_like(brightness[:, :1]), brightness[:, 1:] - brightness[:, :-1]], 1)
        return torch.cat([x, change], 2)
