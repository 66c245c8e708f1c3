"""What a network learns from at once, as tensors with names."""

from dataclasses import dataclass, fields, replace
from typing import Self, TypeVar

import torch
from torch import Tensor
from torch.utils._pytree import tree_map_only

T = TypeVar("T")


@dataclass(frozen=True)
class Batch:
    """Examples that are learnt from at once; a job's own batch names its tensors and says their shapes."""

    @property
    def size(self) -> int:
        """How much it holds, in the unit of its data module, for the display of speed."""
        raise NotImplementedError

    def to(self, device: torch.device) -> Self:
        """Give the same batch with all of its tensors on a device."""
        moved = {field.name: to_device(getattr(self, field.name), device) for field in fields(self)}
        return replace(self, **moved)

    def example(self, number: int) -> Self:
        """Give one of its examples, as a batch of one: a row of every tensor."""
        rows = {
            field.name: tree_map_only(Tensor, lambda tensor: tensor[number : number + 1], getattr(self, field.name))
            for field in fields(self)
        }
        return replace(self, **rows)


def to_device(tree: T, device: torch.device) -> T:
    """Give the same tensor, or nested tuples, lists and dictionaries, with all tensors in it on a device."""
    if tree is None:
        return tree
    if isinstance(tree, Tensor):  # most are, and to look for tensors in a tensor takes longer than a small layer
        return tree.to(device)  # type: ignore[return-value]
    moved: T = tree_map_only(Tensor, lambda tensor: tensor.to(device), tree)
    return moved
