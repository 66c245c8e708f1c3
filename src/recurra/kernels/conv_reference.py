"""A convolutional recurrence in plain torch: one loop over the frames, for any type and device."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.kernels.fused_cells import FusedCell, States


def sequence(
    cell: FusedCell,
    product: Tensor,
    sizes: Sequence[int],
    weight: Tensor,
    bias: Tensor | None,
    states: States,
    reverse: bool,
) -> tuple[Tensor, States]:
    """Carry a cell along sequences of images; arguments and results as of `conv_recurrence.sequence`."""
    outputs: list[Tensor] = []
    ended: list[States] = []  # states of sequences that have ended, the shortest first
    alive = sizes[-1] if reverse else sizes[0]
    current = tuple(part[:alive] for part in states)
    frames = list(zip(product.split(list(sizes)), sizes, strict=True))  # (n, G C, H, W) each
    for x, size in reversed(frames) if reverse else frames:
        if size < alive:
            ended.append(tuple(part[size:] for part in current))
            current = tuple(part[:size] for part in current)
        elif size > alive:
            fresh = (part[alive:size] for part in states)
            current = tuple(torch.cat(parts) for parts in zip(current, fresh, strict=True))
        alive = size
        current = step(cell, x, weight, bias, current)
        outputs.append(current[0])
    if reverse:
        outputs.reverse()
    finals = tuple(torch.cat(parts) for parts in zip(current, *reversed(ended), strict=True)) if ended else current
    return torch.cat(outputs), finals


def step(cell: FusedCell, product: Tensor, weight: Tensor, bias: Tensor | None, states: States) -> States:
    """Run one step: the input product (B, G C, H, W) and states (B, C, H, W) to the new states."""
    recurrent = convolve(states[0], weight, bias)  # (B, G C, H, W)
    return cell.equations(product.chunk(cell.gates, 1), recurrent.chunk(cell.gates, 1), states)


def convolve(h: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Convolve h (B, C, H, W) and keep its size; for even kernels, the odd zeros stand at the end."""
    height, width = weight.shape[-2:]
    if height % 2 and width % 2:
        return F.conv2d(h, weight, bias, padding=(height // 2, width // 2))
    h = F.pad(h, ((width - 1) // 2, width // 2, (height - 1) // 2, height // 2))
    return F.conv2d(h, weight, bias)
