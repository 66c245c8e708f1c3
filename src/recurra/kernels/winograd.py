"""Convolutions of 3 x 3 that keep the size, on a quarter of the multiplications (csrc/winograd.h).

Images are float32 tensors on the CPU, dense, with their channels last; `compiled.serves` such.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from recurra.kernels import compiled


@dataclass(frozen=True)
class Channels:
    """Which numbers of a pixel are channels of a convolution.

    Attributes:
        blocks: from which of the pixel's blocks, in order.
        channels: in each block.
        pixel: blocks of a pixel.
    """

    blocks: tuple[int, ...]
    channels: int
    pixel: int

    def described(self) -> list[int]:
        """As the extension takes them: blocks, channels, numbers of a pixel, and where up to 4 blocks begin."""
        offsets = [block * self.channels for block in self.blocks]
        padding = [0] * (4 - len(offsets))
        return [len(offsets), self.channels, self.pixel * self.channels, *offsets, *padding]


def whole(channels: int) -> Channels:
    """All numbers of a pixel."""
    return Channels((0,), channels, 1)


def pack(weight: Tensor, inputs: Channels, outputs: Channels, *, back: bool = False) -> Tensor:
    """Bring weights (O, I, 3, 3) to the form in which `convolve` reads them.

    Args:
        weight: of a convolution.
        inputs, outputs: channels that `convolve` will read and write.
        back: pack for the way back, from gradients of outputs (O) to gradients of inputs (I).
    """
    described = inputs.described(), outputs.described()
    packed = torch.empty(compiled.extension.packed_points_floats(*described))
    weight = compiled.in_memory(weight.detach())
    compiled.extension.winograd_pack(weight.data_ptr(), *described, back, packed.data_ptr())
    return packed


def convolve(
    x: Tensor,
    inputs: Channels,
    packed: Tensor,
    bias: Tensor | None,
    y: Tensor,
    outputs: Channels,
    *,
    adds: bool = False,
) -> None:
    """Convolve x (N, H, W, ...) into y (N, H, W, ...), or add to what is there."""
    bias = None if bias is None else compiled.in_memory(bias.detach())
    compiled.extension.winograd(
        list(x.shape[:3]),
        inputs.described(),
        outputs.described(),
        compiled.data_pointers([x, packed, bias, y]),
        adds,
        torch.get_num_threads(),
    )


def gradients(x: Tensor, inputs: Channels, dy: Tensor, outputs: Channels) -> tuple[Tensor, Tensor]:
    """Gradients of weights (O, I, 3, 3) and bias (O) from inputs x and gradients dy of the outputs."""
    count = len(outputs.blocks) * outputs.channels
    weight, bias = torch.empty(count, len(inputs.blocks) * inputs.channels, 3, 3), torch.empty(count)
    compiled.extension.winograd_gradients(
        list(x.shape[:3]),
        inputs.described(),
        outputs.described(),
        compiled.data_pointers([x, dy, weight, bias]),
        torch.get_num_threads(),
    )
    return weight, bias
