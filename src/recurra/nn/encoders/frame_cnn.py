"""A small residual convolutional network over the frames of a video, or over depth."""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from recurra.nn.dropout import VariationalDropout
from recurra.nn.encoders.encoder import Encoder
from recurra.nn.encoders.frame_channels import FrameChannels
from recurra.nn.encoders.temporal import reduced_lengths
from recurra.nn.step_mask import step_mask


class ResidualBlock(nn.Module):
    """Two convolutions of 3 x 3 with batch norm, and what goes in added (He et al., 2016).

    Args:
        input_channels, channels: before and after.
        stride: of the first convolution and of the way around.
    """

    def __init__(self, input_channels: int, channels: int, stride: int):
        super().__init__()
        self.first = nn.Conv2d(input_channels, channels, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels)
        self.around = nn.Sequential()
        if stride != 1 or input_channels != channels:
            self.around = nn.Sequential(
                nn.Conv2d(input_channels, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Bring (N, C, H, W) to (N, C', H', W')."""
        y = self.first_norm(self.first(x)).relu()
        y = self.second_norm(self.second(y))
        summed: Tensor = self.around(x) + y
        return summed.relu()


class FrameCNN(Encoder):
    """Each frame of a clip to a vector, by a residual network trained from its beginning.

    Padding frames are not computed and not in the batch norm. What moves is seen by the recurrence behind it, and by
    channels that tell of it (`DepthChannels`, `VideoChannels`).

    Args:
        channels: of a frame, C.
        sizes: channels after the first convolution and after each residual block, which halve height and width.
        grid: rows and columns to which the last map is averaged before it becomes a vector; 1 forgets where things are.
        size: of the vector, F.
        dropout: share of the vector set to zero, in a clip at all of its frames.
    """

    def __init__(
        self,
        channels: int,
        sizes: tuple[int, ...] = (16, 32, 64),
        grid: int = 3,
        size: int = 128,
        dropout: float = 0.1,
    ):
        super().__init__()
        self.first = nn.Conv2d(channels, sizes[0], 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(sizes[0])
        self.blocks = nn.Sequential(*(ResidualBlock(a, b, 2) for a, b in pairwise(sizes)))
        self.pool = nn.AdaptiveAvgPool2d(grid)
        self.out = nn.Linear(sizes[-1] * grid * grid, size, bias=False)
        self.out_norm = nn.BatchNorm1d(size)
        self.dropout = VariationalDropout(dropout, batch_first=True)
        self.size, self.stride = size, 1

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring frames (B, T, C, H, W), lengths (B,), to (B, T, F), zeros beyond the ends, and the same lengths."""
        mask = None
        if lengths is None:
            frames = x.flatten(0, 1)
        else:
            mask = step_mask(lengths, x.shape[1])  # (B, T)
            frames = x[mask]
        rows = self.frames(frames)
        if mask is None:
            encoded = rows.view(*x.shape[:2], self.size)
        else:
            encoded = rows.new_zeros(*x.shape[:2], self.size)
            encoded = encoded.masked_scatter(mask.unsqueeze(-1), rows)
        return self.dropout(encoded), lengths

    def _stream(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        return self(x)[0], None

    def frames(self, frames: Tensor) -> Tensor:
        """Bring frames (N, C, H, W) to vectors (N, F)."""
        frames = frames.contiguous(memory_format=torch.channels_last)
        maps = self.blocks(self.norm(self.first(frames)).relu())
        vectors: Tensor = self.out_norm(self.out(self.pool(maps).flatten(1))).relu()
        return vectors


class FrameEncoder(Encoder):
    """Frames as they are in a file to a vector each: channels, then the network over them.

    Args:
        channels: `DepthChannels` or `VideoChannels`.
        every: of how many frames one is read, from the first on.
        settings: as of `FrameCNN`.
    """

    def __init__(self, channels: FrameChannels, every: int = 1, **settings: Any):
        super().__init__()
        self.channels = channels
        self.cnn = FrameCNN(channels.channels, **settings)
        self.size, self.stride = self.cnn.size, every

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring (B, T, H, W, C), lengths (B,), to (B, T', F) and its lengths."""
        channels, _ = self.channels(x[:, :: self.stride])
        encoded: tuple[Tensor, Tensor | None] = self.cnn(channels, reduced_lengths(lengths, self.stride))
        return encoded

    def _stream(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        phase, channels_state = state or (0, None)
        frames = x[:, -phase % self.stride :: self.stride]
        phase = (phase + x.shape[1]) % self.stride
        if not frames.shape[1]:
            return frames.new_zeros(len(x), 0, self.size, dtype=torch.float32), (phase, channels_state)
        channels, channels_state = self.channels(frames, channels_state)
        return self.cnn(channels)[0], (phase, channels_state)
