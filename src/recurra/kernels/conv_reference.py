"""A convolutional recurrence in plain torch: one loop over the frames, for any type and device."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.kernels.convolution import Convolution
from recurra.kernels.fused_cells import FusedCell, States


class ConvWeights(NamedTuple):
    """Of one layer and direction: of the input (G C, I, kh, kw), of the state (G C, C, kh, kw), and biases (G C)."""

    input: Tensor
    state: Tensor
    input_bias: Tensor | None
    state_bias: Tensor | None


@dataclass(frozen=True)
class ConvCall:
    """What a layer and direction is run with besides tensors.

    Attributes:
        cell: its equations.
        convolution: of the input; that of the state keeps the size.
        sizes: sequences alive at each step, longest first; N in all.
        reverse: walk from each sequence's last frame to its first.
    """

    cell: FusedCell
    convolution: Convolution
    sizes: Sequence[int]
    reverse: bool


def sequence(call: ConvCall, product: Tensor, weights: ConvWeights, states: States) -> tuple[Tensor, States]:
    """Carry a cell along sequences of images.

    Args:
        call: how.
        product: convolution of the input, its bias included, (N, G C, H, W): rows packed as in a PackedSequence.
        weights: of which those of the state are used.
        states: before the first step, (B, C, H, W) each.

    Returns:
        Outputs (N, C, H, W), and the states after the last step.
    """
    outputs: list[Tensor] = []
    ended: list[States] = []  # states of sequences that have ended, the shortest first
    alive = call.sizes[-1] if call.reverse else call.sizes[0]
    current = tuple(part[:alive] for part in states)
    frames = list(zip(product.split(list(call.sizes)), call.sizes, strict=True))  # (n, G C, H, W) each
    for x, size in reversed(frames) if call.reverse else frames:
        if size < alive:
            ended.append(tuple(part[size:] for part in current))
            current = tuple(part[:size] for part in current)
        elif size > alive:
            fresh = (part[alive:size] for part in states)
            current = tuple(torch.cat(parts) for parts in zip(current, fresh, strict=True))
        alive = size
        recurrent = _convolve(current[0], weights)  # (n, G C, H, W)
        gates = call.cell.gates
        current = call.cell.equations(x.chunk(gates, 1), recurrent.chunk(gates, 1), current)
        outputs.append(current[0])
    if call.reverse:
        outputs.reverse()
    finals = tuple(torch.cat(parts) for parts in zip(current, *reversed(ended), strict=True)) if ended else current
    return torch.cat(outputs), finals


def _convolve(h: Tensor, weights: ConvWeights) -> Tensor:
    """Convolve h (B, C, H, W) and keep its size; for even kernels, the odd zeros stand at the end."""
    height, width = weights.state.shape[-2:]
    if height % 2 and width % 2:
        return F.conv2d(h, weights.state, weights.state_bias, padding=(height // 2, width // 2))
    h = F.pad(h, ((width - 1) // 2, width // 2, (height - 1) // 2, height // 2))
    return F.conv2d(h, weights.state, weights.state_bias)
