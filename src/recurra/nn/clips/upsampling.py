"""Maps made of vectors, by transposed convolutions that double height and width."""

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


class Upsampling(nn.Module):
    """Vectors to maps, by transposed convolutions (Radford et al., 2016) whose channels a style scales.

    Args:
        size: of the vectors.
        style_size: of the styles, which scale the channels of the first maps (Karras et al., 2019).
        outputs: channels of the result.
        side: height and width of the result in pixels, a power of two from 8 on.
        channels: of the last map before the result; each one before it has as many more.
    """

    def __init__(self, size: int, style_size: int, outputs: int, side: int, channels: int):
        super().__init__()
        count = doublings(side)
        self.sizes = [channels * factor for factor in range(count, 0, -1)]  # of the maps, from the smallest on
        self.start = nn.Linear(size, self.sizes[0] * FIRST_SIDE**2)
        self.doubling = nn.ModuleList(
            nn.ConvTranspose2d(before, after, 4, 2, 1) for before, after in pairwise([*self.sizes, outputs])
        )
        # The last two maps are the largest: there the style has been read, and a norm would cost most.
        self.scales = nn.ModuleList(nn.Linear(style_size, size) for size in self.sizes[:-1])
        self.norms = nn.ModuleList(nn.GroupNorm(_GROUPS, size) for size in self.sizes[1:-1])

    def forward(self, vectors: Tensor, styles: Tensor) -> Tensor:
        """Make maps.

        Args:
            vectors: (N, size).
            styles: (N, style_size).

        Returns:
            (N, outputs, side, side), of any size.
        """
        maps: Tensor = self.start(vectors).view(-1, self.sizes[0], FIRST_SIDE, FIRST_SIDE)
        maps = maps.to(memory_format=torch.channels_last)  # (N, C, H, W); twice as fast
        for number, doubling in enumerate(self.doubling):
            if 0 < number <= len(self.norms):
                maps = self.norms[number - 1](maps)
            maps = F.leaky_relu(maps, _SLOPE)
            if number < len(self.scales):
                maps = maps * (1 + self.scales[number](styles))[:, :, None, None]
            maps = doubling(maps)
        return maps.contiguous()
