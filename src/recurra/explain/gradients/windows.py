"""Batches cut to shorter windows of time, or joined to longer ones, where every step has its target."""

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_unflatten


def shorter(batches: Sequence[Any], axis: int) -> list[Any] | None:
    """Cut each batch in two windows, one after the other.

    Args:
        batches: nested tensors, whose time is along `axis`.
        axis: 0 or 1.

    Returns:
        Twice as many batches; None where not all tensors of a batch have the same number of steps, at least 2.
    """
    cut = list[Any]()
    for batch in batches:
        steps = _steps(batch, axis)
        if steps is None or steps < 2:
            return None
        for window in torch.arange(steps).tensor_split(2):
            first, length = int(window[0]), len(window)
            cut.append(_changed([batch], partial(_narrowed, axis, first, length)))
    return cut


def longer(batches: Sequence[Any], axis: int) -> list[Any] | None:
    """Join every two batches that follow each other in time; arguments as of `shorter`.

    Returns:
        Half as many batches; None where they cannot be joined.
    """
    if len(batches) < 2 or any(_steps(batch, axis) is None for batch in batches):
        return None
    pairs = list(zip(batches[0::2], batches[1::2], strict=False))
    if any(_size(a, axis) != _size(b, axis) for a, b in pairs):
        return None
    return [_changed(pair, partial(_joined, axis)) for pair in pairs]


def _narrowed(axis: int, first: int, length: int, tensors: Sequence[Tensor]) -> Tensor:
    return tensors[0].narrow(axis, first, length)


def _joined(axis: int, tensors: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(tensors), axis)


def _tensors(batch: Any) -> list[Tensor]:
    """All tensors of a batch."""
    tree = {field.name: getattr(batch, field.name) for field in fields(batch)} if is_dataclass(batch) else batch
    return [leaf for leaf in tree_flatten(tree)[0] if isinstance(leaf, Tensor)]


def _steps(batch: Any, axis: int) -> int | None:
    """How many steps all tensors of a batch have; None where they differ."""
    tensors = _tensors(batch)
    if not tensors or any(tensor.dim() <= axis for tensor in tensors):
        return None
    counts = {tensor.shape[axis] for tensor in tensors}
    return counts.pop() if len(counts) == 1 else None


def _size(batch: Any, axis: int) -> list[list[int]]:
    """The shapes of a batch without their steps."""
    return [[*tensor.shape[:axis], *tensor.shape[axis + 1 :]] for tensor in _tensors(batch)]


def _changed(batches: Sequence[Any], change: Callable[[Sequence[Tensor]], Tensor]) -> Any:
    """A batch of the same form, made of the tensors at the same place of some batches."""
    first = batches[0]
    if is_dataclass(first) and not isinstance(first, type):
        names = [field.name for field in fields(first)]
        parts = _changed([{name: getattr(batch, name) for name in names} for batch in batches], change)
        return replace(first, **parts)
    leaves, form = zip(*(tree_flatten(batch) for batch in batches), strict=True)
    changed = []
    for values in zip(*leaves, strict=True):
        changed.append(change(values) if isinstance(values[0], Tensor) else values[0])
    return tree_unflatten(changed, form[0])
