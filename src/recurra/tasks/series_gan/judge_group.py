"""Independent judges of several seeds, trained side by side in one recurrence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from recurra import nn as layers
from recurra.tasks.series_gan.windows import Windows

# Of a group together: few vectors of the processor, which a judge of 3 units leaves empty for the most part.
_UNITS = 32
_BATCH_SIZE = 128


@dataclass(frozen=True)
class GRUWeights:
    """Weights that a GRU of H units and F features starts with; the gates are reset, update and candidate.

    Attributes:
        inputs: (3, H, F).
        recurrent: (3, H, H).
        gate_bias: of reset and update; all other biases are 0.
    """

    inputs: Tensor
    recurrent: Tensor
    gate_bias: float


Start = Callable[[int, int, torch.Generator], GRUWeights]
"""Draws the weights that a GRU of so many features and units starts with."""


def keras_start(features: int, units: int, generator: torch.Generator) -> GRUWeights:
    """Draw weights as Keras' GRUCell: uniform after Glorot and Bengio (2010), recurrent ones orthogonal; of all three
    gates together."""
    inputs = nn.init.xavier_uniform_(torch.empty(3 * units, features), generator=generator)
    recurrent = nn.init.orthogonal_(torch.empty(3 * units, units), generator=generator)
    return GRUWeights(inputs.unflatten(0, (3, units)), recurrent.unflatten(0, (3, units)), 0.0)


def tensorflow1_start(features: int, units: int, generator: torch.Generator) -> GRUWeights:
    """Draw weights as the GRUCell of TensorFlow 1: uniform after Glorot and Bengio, those of input and state together;
    of both gates together, whose biases are 1, and of the candidate."""
    gates = nn.init.xavier_uniform_(torch.empty(2 * units, features + units), generator=generator)
    candidate = nn.init.xavier_uniform_(torch.empty(units, features + units), generator=generator)
    weights = torch.cat([gates, candidate]).unflatten(0, (3, units))  # (3, H, F + H)
    return GRUWeights(weights[..., :features], weights[..., features:], 1.0)


def groups_of(seeds: Sequence[int], units: int) -> list[list[int]]:
    """Divide the seeds of judges of so many units each into groups that are trained side by side."""
    size = max(1, _UNITS // units)
    return [list(seeds[start : start + size]) for start in range(0, len(seeds), size)]


class JudgeGroup(nn.Module):
    """Judges that know nothing of each other, S of them: each a GRU of H units with a linear layer on its outputs.

    They are one GRU of S H units whose weights between different judges are zero and stay so, since their gradients are
    set to zero. So any optimizer that treats each weight for itself, such as Adam, trains every judge as if it were
    alone.

    Args:
        features: that each judge reads at a step, F.
        units: of each, H.
        seeds: of the starting weights, one a judge.
        start: draws the weights of the recurrence; those of the linear layer are uniform after Glorot and Bengio.
    """

    def __init__(self, features: int, units: int, seeds: Sequence[int], start: Start):
        super().__init__()
        self.count, self.units = len(seeds), units
        with torch.random.fork_rng(devices=[]):  # what the layer draws is not used
            self.recurrence = layers.GRU(self.count * features, self.count * units, batch_first=True)
        self.head = nn.Parameter(torch.empty(self.count, units))
        self.bias = nn.Parameter(torch.zeros(self.count))
        self._weights = dict(self.recurrence.named_parameters())
        with torch.no_grad():
            for weight in self._weights.values():
                nn.init.zeros_(weight)
            for judge, seed in enumerate(seeds):
                self._start(judge, features, start, torch.Generator().manual_seed(seed))
        for name in ("weight_ih_l0", "weight_hh_l0"):
            weight = self._weights[name]
            mask = self._of_one_judge(weight)
            weight.register_hook(mask.mul)

    def _start(self, judge: int, features: int, start: Start, generator: torch.Generator) -> None:
        """Draw the weights of a judge."""
        units = slice(judge * self.units, (judge + 1) * self.units)
        weights = start(features, self.units, generator)
        self._gates("weight_ih_l0")[:, units, judge * features : (judge + 1) * features] = weights.inputs
        self._gates("weight_hh_l0")[:, units, units] = weights.recurrent
        self._gates("bias_ih_l0")[:2, units] = weights.gate_bias
        nn.init.xavier_uniform_(self.head[judge : judge + 1], generator=generator)

    def _gates(self, name: str) -> Tensor:
        """The weights of each gate, (3, S H, ...)."""
        weights: Tensor = self._weights[name].view(3, self.count * self.units, *self._weights[name].shape[1:])
        return weights

    def _of_one_judge(self, weight: Tensor) -> Tensor:
        """1 where a weight (3 S H, S I) lies within a judge, 0 where it lies between two."""
        block = torch.ones(self.units, weight.shape[1] // self.count)
        mask: Tensor = torch.block_diag(*[block] * self.count).repeat(3, 1)
        return mask

    def forward(self, x: Tensor) -> Tensor:
        """Give the logit of each judge at each step.

        Args:
            x: what each judge reads, (B, T, S, F).

        Returns:
            (B, T, S); a step knows nothing of those behind it, so that what is padding needs no mask.
        """
        outputs, _ = self.recurrence(x.flatten(2))  # (B, T, S H)
        logits: Tensor = (outputs.unflatten(2, (self.count, self.units)) * self.head).sum(-1) + self.bias
        return logits


class WindowDraws:
    """Batches of windows for a group of judges, each of which draws for itself.

    Args:
        windows: to draw from.
        rows: positions of those that each judge draws from, one array a judge; the same number of all.
        generators: of random numbers, one a judge.
    """

    def __init__(self, windows: Windows, rows: Sequence[np.ndarray], generators: Sequence[np.random.Generator]):
        self._numbers = torch.from_numpy(windows.steps).flatten(1)  # (N, T F)
        self._lengths = torch.from_numpy(windows.lengths)
        self._shape = windows.steps.shape[1:]
        self._rows, self._generators = rows, generators
        self._size = min(_BATCH_SIZE, len(rows[0]))

    def draw(self) -> tuple[Tensor, Tensor]:
        """Give a batch, none of its windows twice for a judge, as `take` does."""
        chosen = [
            rows[generator.choice(len(rows), self._size, replace=False, shuffle=False)]
            for rows, generator in zip(self._rows, self._generators, strict=True)
        ]
        return self.take(chosen)

    def take(self, rows: Sequence[np.ndarray]) -> tuple[Tensor, Tensor]:
        """Give the windows at so many positions for each judge: numbers (B, T, S, F), and lengths (B, S)."""
        chosen = torch.from_numpy(np.stack(rows, 1))  # (B, S)
        numbers = self._numbers.index_select(0, chosen.flatten()).view(*chosen.shape, *self._shape)  # (B, S, T, F)
        return numbers.transpose(1, 2).contiguous(), self._lengths[chosen]
