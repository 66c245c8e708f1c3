"""A linear recurrence whose state only turns: it forgets nothing, and needs no loop over time."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Unitary(nn.Module):
    """A state of H complex numbers, each of which turns by an angle of its own at every step.

        h_t = e^(i theta) * h_{t-1} + V relu(W x_t + b)
        y_t = relu(U [Re h_t, Im h_t] + c)

    A unitary recurrence (Arjovsky et al., 2016) in diagonal form and linear, as Orvieto et al. (2023, LRU) have it,
    with angles that are not learnt, as the matrix of Voelker et al. (2019, LMU) is not: the norm of dh_t / dh_s is 1
    over any distance, so that no gradient vanishes or explodes. Since a turn can be undone, h_t is a sum turned on, and
    a sequence is computed at once, without a loop.

    It is called as `recurra.nn.Recurrent` is, batch first, so that it may stand in the place of one.

    Args:
        input_size: features I of each step.
        hidden_size: units H.
        longest: steps in which the slowest angle turns half around. Half of the angles are spread evenly up to pi, half
            on a logarithmic scale from pi / longest on, and one is 0.
        every_step: whether there is an output at every step; else there is one, of the last step, in less time.
    """

    num_directions = 1
    angles: Tensor

    def __init__(self, input_size: int, hidden_size: int, longest: int = 1000, every_step: bool = True):
        super().__init__()
        self.every_step = every_step
        self.encoder = nn.Linear(input_size, hidden_size)
        self.input = nn.Linear(hidden_size, 2 * hidden_size, bias=False)
        self.output = nn.Linear(2 * hidden_size, hidden_size)
        uniform = torch.rand(hidden_size, dtype=torch.float64)
        spread = longest**-uniform if longest > 1 else uniform
        angles = math.pi * torch.where(torch.arange(hidden_size) % 2 == 0, spread, uniform)
        angles[0] = 0
        self.register_buffer("angles", angles)

    def forward(
        self, input: Tensor, hx: Any = None, *, lengths: Tensor | None = None, embedding: Tensor | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Run over whole sequences.

        Args:
            input: (B, T, I), or symbols (B, T) with `embedding`.
            hx: the state before the first step, as it was returned; zeros when None.
            lengths: steps of each sequence, (B,); None where all are T. Steps beyond give zeros and change nothing.
            embedding: vectors of symbols, (V, I).

        Returns:
            Outputs (B, T, H), or (B, 1, H) without `every_step`; and the last real output, (1, B, H), with the state
            then, (1, B, 2 H), real parts before imaginary ones.
        """
        x = input if embedding is None else F.embedding(input, embedding)  # (B, T, I)
        steps = x.shape[1]
        if lengths is None:
            lengths = torch.full((len(x),), steps, device=x.device)
        mask = (torch.arange(steps, device=x.device) < lengths.unsqueeze(1)).unsqueeze(-1)  # (B, T, 1)
        entering = self.input(torch.relu(self.encoder(x))) * mask  # (B, T, 2 H)
        cos, sin = self._turns(steps + 1, x)  # (1 + T, H)
        # what enters at step t is turned back t times, summed, and the sum turned on: t counts from 1, h_0 is at 0
        back = _turned(entering, cos[1:], -sin[1:])  # (B, T, 2 H)
        before = torch.zeros_like(back[:, 0]) if hx is None else hx[1][0]  # (B, 2 H)
        final = _turned(before + back.sum(1), cos[lengths], sin[lengths])  # (B, 2 H)
        last = torch.relu(self.output(final))  # (B, H)
        state = (last.unsqueeze(0), final.unsqueeze(0))
        if not self.every_step:
            return last.unsqueeze(1), state
        states = _turned(before.unsqueeze(1) + back.cumsum(1), cos[1:], sin[1:])  # (B, T, 2 H)
        return torch.relu(self.output(states)) * mask, state

    def _turns(self, steps: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine of 0 to `steps` - 1 turns, (steps, H) each; the angles in double, as they grow with time."""
        times = torch.arange(steps, dtype=torch.float64, device=self.angles.device)
        angles = times.unsqueeze(1) * self.angles  # (steps, H)
        return angles.cos().to(like.dtype), angles.sin().to(like.dtype)


def _turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Complex numbers (..., 2 H), turned by angles of such cosines and sines, (..., H)."""
    real, imaginary = x.chunk(2, -1)
    return torch.cat([real * cos - imaginary * sin, real * sin + imaginary * cos], -1)
