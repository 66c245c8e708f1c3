"""One convolutional recurrent layer in one direction, over whole sequences of images."""

from collections.abc import Sequence

from torch import Tensor

from recurra.kernels import conv_reference
from recurra.kernels.fused_cells import FusedCell, States


def sequence(
    cell: FusedCell,
    product: Tensor,
    sizes: Sequence[int],
    weight: Tensor,
    bias: Tensor | None,
    states: States,
    reverse: bool = False,
) -> tuple[Tensor, States]:
    """Carry a cell along sequences of images.

    Args:
        cell: its equations.
        product: convolution of the input, its bias included, (N, G C, H, W): rows packed as in a PackedSequence.
        sizes: sequences alive at each step, longest first; N in all.
        weight: of the convolution of the state, (G C, C, kh, kw); it keeps the size.
        bias: (G C), or None.
        states: before the first step, (B, C, H, W) each.
        reverse: walk from each sequence's last frame to its first.

    Returns:
        Outputs (N, C, H, W), and the states after the last step.
    """
    return conv_reference.sequence(cell, product, sizes, weight, bias, states, reverse)
