"""Weights packed once and kept as long as they stay as they are, for layers that run again and again.

Whether they stayed is asked of their numbers, by a checksum of all of them at the speed of memory (csrc/checksum.h).
PyTorch's count of changes would be sooner, but it misses those through `.data`, through views in NumPy and of fused
optimizers, and tensors of `torch.inference_mode` have none.
"""

from collections.abc import MutableMapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.utils.weak import WeakIdKeyDictionary

from recurra.kernels import compiled

if TYPE_CHECKING:
    from recurra.kernels._compiled import PackedLayer


def checksum(weights: Sequence[Tensor]) -> int:
    """One number of all numbers of contiguous float32 tensors on the CPU.

    At worst, where only the signs of a few numbers change, about one change in 10^10 gives the same one.
    """
    counts = [weight.numel() for weight in weights]
    return compiled.extension.checksum(compiled.data_pointers(weights), counts, torch.get_num_threads())


# By the first weight: what was packed, for what use, and the checksum of the weights.
_layers: MutableMapping[Tensor, tuple["PackedLayer", tuple[object, ...], int]] = WeakIdKeyDictionary()


def packed_layer(
    sizes: Sequence[int], weights: Sequence[Tensor], complete: Sequence[Tensor | None], threads: int, bf16: bool
) -> "PackedLayer | None":
    """The layer's weights as the compiled kernels want them; None where they are not parameters, which stay.

    Args:
        sizes: as of `RecurrenceCall.sizes`.
        weights: contiguous, of all directions.
        complete: the same, five a direction, with None for what a layer does not have.
        threads: to pack with.
        bf16: whether they are to be multiplied as bfloat16 numbers.
    """
    for weight in weights:  # a loop, since short calls are mostly this
        if type(weight) is not nn.Parameter:
            return None
    # cell, I, H and P, directions, whether there are biases: one weight may serve several layers
    instructions = compiled.bf16_instructions() if bf16 else compiled.instruction_set()
    use = (*sizes[:4], sizes[7], complete[2] is None, bf16, instructions)
    # before packing: a change that another thread makes meanwhile is seen next time
    current = checksum(weights)
    cached = _layers.get(weights[0])
    if cached is not None:
        packed, packed_for, packed_checksum = cached
        if packed_for == use and packed_checksum == current:
            return packed
    packed = compiled.extension.PackedLayer(sizes, compiled.data_pointers(complete), threads, bf16)
    _layers[weights[0]] = packed, use, current
    return packed
