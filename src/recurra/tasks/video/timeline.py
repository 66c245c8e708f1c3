"""Signals of unlike rates on one line of time."""

import math

import torch
from torch import Tensor


class Timeline:
    """Which step of each signal has come by each step of the first one.

    Args:
        rates: steps a second of each signal after its encoder, by name; the first sets the steps.
    """

    def __init__(self, rates: dict[str, float]):
        self.rates = rates
        self.first = next(iter(rates))
        self.ratios = {name: rate / rates[self.first] for name, rate in rates.items()}

    def lengths(self, lengths: dict[str, Tensor]) -> Tensor:
        """Give the steps of the first signal until all of a clip has come, (B,)."""
        each = [torch.ceil(length / self.ratios[name] - 1e-6) for name, length in lengths.items()]
        return torch.stack(each).amax(0).long()

    def positions(self, name: str, length: Tensor, steps: int) -> Tensor:
        """Give the last step of a signal, of so many (B,), that has come by each step of the first one, (B, steps)."""
        ratio = self.ratios[name]
        come = [math.ceil((step + 1) * ratio - 1e-6) - 1 for step in range(steps)]
        positions = torch.tensor(come, device=length.device).expand(len(length), -1)
        return torch.minimum(positions, (length - 1).unsqueeze(1)).clamp_min(0)


def taken(values: Tensor, positions: Tensor) -> Tensor:
    """Take steps (B, S) of values (B, T, K): (B, S, K)."""
    return values.gather(1, positions.unsqueeze(-1).expand(-1, -1, values.shape[-1]))
