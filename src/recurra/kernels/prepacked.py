"""Weights packed once and kept as long as they stay as they are, for layers that run again and again."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn
from torch.utils.weak import WeakIdKeyDictionary

from recurra.kernels import compiled


class Versions:
    """Which tensors there were, and how often they had been changed."""

    def __init__(self, weights: Sequence[Tensor]):
        self._places = [weight.data_ptr() for weight in weights]
        self._counts = [weight._version for weight in weights]

    def are_of(self, weights: Sequence[Tensor]) -> bool:
        """Whether these are the same tensors, and unchanged by PyTorch's count.

        The count misses some changes, those of fused optimizers and those through `.data`: look at a few numbers too.
        """
        counts, places = [weight._version for weight in weights], [weight.data_ptr() for weight in weights]
        return counts == self._counts and places == self._places


_layers: Any = WeakIdKeyDictionary()  # by the first weight: what was packed, for what, its Versions, a sample of it


def layer(sizes: Sequence[int], weights: Sequence[Tensor], complete: Sequence[Tensor | None], threads: int) -> Any:
    """The layer's weights as the compiled kernels want them; None where they are not parameters, which stay.

    Args:
        sizes: as the kernels take them.
        weights: contiguous, of all directions.
        complete: the same, five a direction, with None for what a layer does not have.
        threads: to pack with.
    """
    if not all(type(weight) is nn.Parameter for weight in weights):
        return None
    use = sizes[0], sizes[7], compiled.instruction_set()  # cell and directions: one weight may serve several layers
    found = _layers.get(weights[0])
    if found is not None:
        packed, packed_for, versions, sample = found
        if packed_for == use and versions.are_of(weights) and packed.sample() == sample:
            return packed
    packed = compiled.extension().Layer(sizes, compiled.addresses(complete), threads)
    _layers[weights[0]] = packed, use, Versions(weights), packed.sample()
    return packed
