"""Which steps of padded sequences are real, and what Keras gives at the others."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass
class Mask:
    """Real steps of padded sequences, anywhere in them.

    counts: of each sequence, (B,).
    order: the steps with the real ones first, (B, T); None where they are so already.
    upto: real steps up to and including each step, (B, T).
    steps: where a step is real, (B, T).
    """

    counts: Tensor
    order: Tensor | None
    upto: Tensor
    steps: Tensor

    @property
    def lengths(self) -> Tensor:
        """Steps to compute, (B,); of a sequence without a real step one, which `keep` and `spread` leave out."""
        return self.counts.clamp(min=1)

    def gather(self, x: Tensor) -> Tensor:
        """Bring the real steps of (B, T, F) to the front."""
        return x if self.order is None else x.gather(1, self.order.unsqueeze(-1).expand_as(x))

    def spread(self, outputs: Tensor, zeros: bool) -> Tensor:
        """Bring outputs (B, T, F), as `gather` orders them, back to their steps.

        At the others stand zeros, or, as Keras does it, the output of the real step before; zeros if there is none.
        """
        place = (self.upto - 1).clamp(min=0).unsqueeze(-1).expand_as(outputs)
        beyond = ~self.steps if zeros else self.upto == 0
        return outputs.gather(1, place).masked_fill(beyond.unsqueeze(-1), 0.0)

    def last(self, final: Tensor, zeros: bool) -> Tensor:
        """What stands at the last step, (..., B, H), where h ends as `final`: as of `spread`."""
        real = self.steps[:, -1] if zeros else self.counts > 0
        return final.masked_fill(~real.unsqueeze(-1), 0.0)

    def keep(self, old: Tensor, new: Tensor) -> Tensor:
        """The states (D, B, H) after the real steps: of a sequence without any, those before."""
        return torch.where((self.counts > 0).unsqueeze(-1), new, old)


def of_steps(mask: Any) -> Any:
    """The mask as (B, T), from what Keras gives its layers: itself, the first of a list, or (B, T, 1)."""
    if isinstance(mask, list | tuple):
        mask = mask[0]
    return mask.squeeze(-1) if isinstance(mask, Tensor) and mask.dim() == 3 and mask.shape[-1] == 1 else mask


def read(mask: Tensor | None) -> Mask | None:
    """Read a mask (B, T), true where a step is real; None where all are."""
    if mask is None:
        return None
    steps = mask.bool()
    if bool(steps.all()):
        return None
    upto = steps.long().cumsum(1)
    counts = upto[:, -1]
    in_front = steps == (torch.arange(steps.shape[1], device=steps.device) < counts.unsqueeze(-1))
    order = None if bool(in_front.all()) else (~steps).long().argsort(dim=1, stable=True)
    return Mask(counts, order, upto, steps)
