"""Which steps of padded sequences are real, and what Keras gives at the others."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass
class StepMask:
    """Which steps of padded sequences are real; the real ones may lie anywhere in a sequence.

    Attributes:
        is_real: (B, T).
        counts: real steps of each sequence, (B,).
        counts_so_far: real steps up to and including each step, (B, T).
        order: for each sequence its steps with the real ones first, (B, T); None where they come first already.
    """

    is_real: Tensor
    counts: Tensor
    counts_so_far: Tensor
    order: Tensor | None

    @property
    def lengths(self) -> Tensor:
        """Steps to compute, (B,); one of a sequence without a real step, which `spread` and `final_state` leave out."""
        return self.counts.clamp(min=1)

    def gather(self, x: Tensor) -> Tensor:
        """Bring the real steps of (B, T, F) to the front."""
        return x if self.order is None else x.gather(1, self.order.unsqueeze(-1).expand_as(x))

    def spread(self, outputs: Tensor, zeros: bool) -> Tensor:
        """Bring outputs (B, T, F), as `gather` orders them, back to their steps.

        At the others stand zeros, or, as Keras does it, the output of the real step before; zeros if there is none.
        """
        source = (self.counts_so_far - 1).clamp(min=0).unsqueeze(-1).expand_as(outputs)  # (B, T, F)
        is_zero = ~self.is_real if zeros else self.counts_so_far == 0
        return outputs.gather(1, source).masked_fill(is_zero.unsqueeze(-1), 0.0)

    def last_output(self, final: Tensor, zeros: bool) -> Tensor:
        """What stands at the last step, (..., B, H), where h ends as `final`: as of `spread`."""
        has_output = self.is_real[:, -1] if zeros else self.counts > 0
        return final.masked_fill(~has_output.unsqueeze(-1), 0.0)

    def final_state(self, before: Tensor, after: Tensor) -> Tensor:
        """The states (D, B, H) after the real steps: of a sequence without any, those before."""
        return torch.where((self.counts > 0).unsqueeze(-1), after, before)


def of_steps(mask: Any) -> Any:
    """The mask as (B, T), from what Keras gives its layers: itself, the first of a list, or (B, T, 1)."""
    if isinstance(mask, list | tuple):
        mask = mask[0]
    return mask.squeeze(-1) if isinstance(mask, Tensor) and mask.dim() == 3 and mask.shape[-1] == 1 else mask


def read(mask: Tensor | None) -> StepMask | None:
    """Read a mask (B, T), true where a step is real; None where all are."""
    if mask is None:
        return None
    is_real = mask.bool()
    if bool(is_real.all()):
        return None
    counts_so_far = is_real.long().cumsum(1)
    counts = counts_so_far[:, -1]
    steps = torch.arange(is_real.shape[1], device=is_real.device)
    comes_first = is_real == (steps < counts.unsqueeze(-1))  # (B, T)
    order = None if bool(comes_first.all()) else (~is_real).long().argsort(dim=1, stable=True)
    return StepMask(is_real, counts, counts_so_far, order)
