"""What has been seen of a sequence so far, step by step, so that a stream gives what the whole sequence gives."""

from typing import NamedTuple

import torch
from torch import Tensor


class RunningSum(NamedTuple):
    """Sum of what has been known so far, and how many steps were known, (B, ...) both."""

    total: Tensor
    steps: Tensor


def running_mean(x: Tensor, state: RunningSum | None = None) -> tuple[Tensor, RunningSum]:
    """Give the mean over the steps so far of (B, T, ...), without what is NaN; NaN before the first that is known.

    Args:
        x: the next steps.
        state: what the last call returned; None at the start.
    """
    total = torch.nan_to_num(x).cumsum(1)
    steps = (~x.isnan()).cumsum(1)
    if state is not None:
        total, steps = total + state.total.unsqueeze(1), steps + state.steps.unsqueeze(1)
    return total / steps, RunningSum(total[:, -1], steps[:, -1])


def fill_missing(x: Tensor, last: Tensor | None = None) -> Tensor:
    """Put where (B, T, ...) is NaN what was there last; NaN stays where nothing ever was.

    Args:
        x: the next steps.
        last: the last step (B, ...) of what was returned before; None at the start.
    """
    if last is not None:
        x = torch.cat([last.unsqueeze(1), x], 1)
    if x.isnan().any():
        steps = torch.arange(x.shape[1], device=x.device).view(-1, *[1] * (x.dim() - 2))
        seen = steps.expand_as(x).masked_fill(x.isnan(), -1).cummax(1).values  # the last step that was known
        x = torch.where(seen < 0, torch.nan, x.gather(1, seen.clamp(min=0)))
    return x if last is None else x[:, 1:]


def since(x: Tensor, lag: int, before: Tensor) -> Tensor:
    """How much x (B, T, ...) has changed since `lag` steps before, where `before` (B, N, ...) came first; N >= lag."""
    seen = torch.cat([before, x], 1)
    first = before.shape[1] - lag
    return x - seen[:, first : first + x.shape[1]]
