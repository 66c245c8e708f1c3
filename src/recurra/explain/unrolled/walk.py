"""Sequences in the order in which a direction walks over them, and back in the order of time."""

import torch
from torch import Tensor


def walked(x: Tensor, lengths: Tensor | None, reverse: bool) -> Tensor:
    """Put the steps in the order of the walk; applied twice, in the order of time again.

    Args:
        x: (T, B, ...).
        lengths: real steps of each sequence, (B,); None where all are. Padding stays behind them.
        reverse: whether the walk is from the last real step to the first.
    """
    if not reverse:
        return x
    if lengths is None:
        return x.flip(0)
    steps = torch.arange(len(x), device=x.device).unsqueeze(-1)  # (T, 1)
    backwards = lengths - 1 - steps  # (T, B)
    source = torch.where(backwards >= 0, backwards, steps)
    return x[source, torch.arange(x.shape[1], device=x.device)]


def before_each_step(values: Tensor, initial: Tensor) -> Tensor:
    """The states before each step, (T, B, ...), from those after it, in the order of the walk, and the first."""
    return torch.cat([initial.unsqueeze(0), values[:-1]])
