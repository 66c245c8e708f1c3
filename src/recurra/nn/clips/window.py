"""A picture put into a larger one, at a place and in a size that can be learnt."""

import torch
from torch import Tensor


def place(maps: Tensor, centers: Tensor, sizes: Tensor, side: int) -> Tensor:
    """Put maps into larger ones, which are 0 around them (a spatial transformer: Jaderberg et al., 2015).

    Between the pixels of a map this interpolates on both axes. Since a window is not turned, that is one product of
    matrices for each axis, which is faster than looking each pixel up, and whose backward adds in a fixed order.

    Args:
        maps: (N, C, h, h).
        centers: (N, 2), across and down, from -1 to 1 in the larger picture.
        sizes: (N,), of a window as a share of the larger picture.
        side: height and width of the larger picture in pixels.

    Returns:
        (N, C, side, side).
    """
    inner = maps.shape[2]
    pixels = (torch.arange(side, device=maps.device, dtype=maps.dtype) + 0.5) * (2 / side) - 1  # (side,)
    positions = (pixels - centers.unsqueeze(2)) / sizes.view(-1, 1, 1)  # (N, 2, side), from -1 to 1 in the window
    positions = (positions + 1) * (inner / 2) - 0.5  # in pixels of the window
    numbers = torch.arange(inner, device=maps.device, dtype=maps.dtype)
    weights = (1 - (positions.unsqueeze(3) - numbers).abs()).relu()  # (N, 2, side, h)
    across, down = weights[:, 0], weights[:, 1]  # (N, side, h)
    rows = torch.bmm(maps.flatten(1, 2), across.transpose(1, 2))  # (N, C h, side)
    return torch.matmul(down.unsqueeze(1), rows.view(*maps.shape[:3], side))  # (N, C, side, side)
