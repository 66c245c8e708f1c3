"""Frames made of a content and a motion, by transposed convolutions."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FIRST_SIDE = 4  # pixels of a side of the smallest map
_SLOPE = 0.2  # of the leaky ReLU
_GROUPS = 4  # of channels that are normalised together


def doublings(side: int) -> int:
    """How often the smallest map is doubled to a side of so many pixels.

    Raises:
        ValueError: that does not lead to it.
    """
    count = (side // FIRST_SIDE).bit_length() - 1
    if count < 1 or FIRST_SIDE << count != side:
        raise ValueError(f"side: expected {FIRST_SIDE} times a power of two, from {2 * FIRST_SIDE} on, got {side}")
    return count


class FrameGenerator(nn.Module):
    """Content and motion to frames, by transposed convolutions that double height and width (Radford et al., 2016).

    The content scales the channels of the first maps (Karras et al., 2019), and chooses a palette for the whole clip:
    at each pixel the last convolution chooses among its colors by softmax. So one thing keeps its color however it
    moves, and edges are sharp. Without a palette the last convolution gives colors as they come, as MoCoGAN's does,
    which photographs need.

    Args:
        content_size, motion_size: numbers of a content, and of a step of a motion.
        side: height and width of a frame in pixels, a power of two from 8 on.
        channels: of the last map before the frame; each one before it has as many more.
        palette: colors of a clip; 0 for none.
    """

    def __init__(self, content_size: int, motion_size: int, side: int = 64, channels: int = 16, palette: int = 4):
        super().__init__()
        count = doublings(side)
        self.sizes = [channels * factor for factor in range(count, 0, -1)]  # of the maps, from the smallest on
        self.palette = palette
        width = self.sizes[0]
        self.content = nn.Sequential(
            nn.Linear(content_size, width), nn.LeakyReLU(_SLOPE), nn.Linear(width, width), nn.LeakyReLU(_SLOPE)
        )
        self.start = nn.Linear(width + motion_size, self.sizes[0] * FIRST_SIDE**2)
        self.doubling = nn.ModuleList(
            nn.ConvTranspose2d(before, after, 4, 2, 1) for before, after in pairwise([*self.sizes, palette or 3])
        )
        # The last two maps are the largest: there the content has been read, and a norm would cost most.
        self.scales = nn.ModuleList(nn.Linear(width, size) for size in self.sizes[:-1])
        self.norms = nn.ModuleList(nn.GroupNorm(_GROUPS, size) for size in self.sizes[1:-1])
        self.colors = nn.Linear(width, 3 * palette) if palette else None

    def forward(self, content: Tensor, motion: Tensor) -> Tensor:
        """Make frames.

        Args:
            content: (B, content_size).
            motion: (B, T, motion_size).

        Returns:
            (B, T, 3, H, W), from -1 to 1.
        """
        batch, steps = motion.shape[:2]
        content = self.content(content)  # (B, width)
        repeated = content.unsqueeze(1).expand(-1, steps, -1)
        maps = self.start(torch.cat([repeated, motion], 2)).view(batch * steps, self.sizes[0], FIRST_SIDE, FIRST_SIDE)
        maps = maps.to(memory_format=torch.channels_last)  # (B T, C, H, W); twice as fast
        for number, doubling in enumerate(self.doubling):
            if 0 < number <= len(self.norms):
                maps = self.norms[number - 1](maps)
            maps = F.leaky_relu(maps, _SLOPE)
            if number < len(self.scales):
                maps = maps * self._scale(number, content, steps)
            maps = doubling(maps)
        frames = maps.tanh() if self.colors is None else self._chosen_colors(maps, content, steps)
        return frames.view(batch, steps, *frames.shape[1:])

    def _scale(self, number: int, content: Tensor, steps: int) -> Tensor:
        """What the channels of a map are multiplied by, (B T, C, 1, 1)."""
        scale: Tensor = 1 + self.scales[number](content)  # (B, C)
        return scale.repeat_interleave(steps, 0)[:, :, None, None]

    def _chosen_colors(self, maps: Tensor, content: Tensor, steps: int) -> Tensor:
        """Colors of the palettes (B T, 3, H, W), by scores of each at each pixel (B T, palette, H, W)."""
        assert self.colors is not None
        palette = self.colors(content).tanh().view(-1, 3, self.palette)  # (B, 3, palette)
        shares = maps.flatten(2).softmax(1)  # over planes, which is fast; over the last dimension it would be slow
        colors = torch.bmm(palette.repeat_interleave(steps, 0).to(shares.dtype), shares)  # (B T, 3, H W)
        return colors.view(-1, 3, *maps.shape[2:])
