"""A linear recurrence whose state only turns: it forgets nothing, and needs no loop over time."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Unitary(nn.Module):
    """A state of N complex numbers, each of which turns by an angle of its own at every step.

        h_t = e^(i theta) * h_{t-1} + V relu(W x_t + b)
        y_t = relu(U [Re h_t, Im h_t] + c)

    A unitary recurrence (Arjovsky et al., 2016) in diagonal form and linear, as Orvieto et al. (2023, LRU) have it,
    with angles that are not learnt, as the matrix of Voelker et al. (2019, LMU) is not: the norm of dh_t / dh_s is 1
    over any distance, so that no gradient vanishes or explodes. Since a turn can be undone, h_t is a sum turned on, and
    a sequence is computed at once, without a loop.

    It is called as `recurra.nn.Recurrent` is, batch first, so that it may stand in the place of one.

    Args:
        input_size: features I of each step.
        hidden_size: width H of the outputs.
        longest: steps in which the slowest angle turns half around. Half of the angles are spread evenly up to pi, half
            on a logarithmic scale from pi / longest on, and one is 0.
        every_step: whether there is an output at every step; else there is one, of the last step, in less time.
        state_size: complex numbers N of the state; None takes H.
        channels: width C of what is read from each step, relu(W x_t + b); None takes H.
    """

    num_directions = 1
    angles: Tensor

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        longest: int = 1000,
        every_step: bool = True,
        state_size: int | None = None,
        channels: int | None = None,
    ):
        super().__init__()
        state_size, channels = state_size or hidden_size, channels or hidden_size
        self.every_step = every_step
        self.encoder = nn.Linear(input_size, channels)
        self.input = nn.Linear(channels, 2 * state_size, bias=False)
        self.output = nn.Linear(2 * state_size, hidden_size)
        uniform = torch.rand(state_size, dtype=torch.float64)
        spread = longest**-uniform if longest > 1 else uniform
        angles = math.pi * torch.where(torch.arange(state_size) % 2 == 0, spread, uniform)
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
            then, (1, B, 2 N), real parts before imaginary ones.
        """
        x = input if embedding is None else F.embedding(input, embedding)  # (B, T, I)
        steps = x.shape[1]
        if lengths is None:
            lengths = torch.full((len(x),), steps, device=x.device)
        mask = (torch.arange(steps, device=x.device) < lengths.unsqueeze(1)).unsqueeze(-1)  # (B, T, 1)
        read = torch.relu(self.encoder(x)) * mask  # (B, T, C)
        cos, sin = self._turns(steps + 1, x)  # (1 + T, N)
        before = x.new_zeros(len(x), 2 * len(self.angles)) if hx is None else hx[1][0]  # (B, 2 N)
        # what enters at step t is turned back t times, summed, and the sum turned on: t counts from 1, h_0 is at 0
        if self.every_step:
            sums = before.unsqueeze(1) + _turned(self.input(read), cos[1:], -sin[1:]).cumsum(1)  # (B, T, 2 N)
            outputs = torch.relu(self.output(_turned(sums, cos[1:], sin[1:]))) * mask  # (B, T, H)
            total = sums[:, -1]
        else:
            total = before + self._summed(read, cos[1:], sin[1:])  # (B, 2 N)
        final = _turned(total, cos[lengths], sin[lengths])  # (B, 2 N)
        last = torch.relu(self.output(final))  # (B, H)
        return outputs if self.every_step else last.unsqueeze(1), (last.unsqueeze(0), final.unsqueeze(0))

    def _summed(self, read: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """All that enters, turned back and summed over the steps, (B, 2 N): the sum is of C channels, before V."""
        rows = read.transpose(1, 2).flatten(0, 1)  # (B C, T)
        of_cos, of_sin = ((rows @ turns).unflatten(0, (len(read), -1)) for turns in (cos, sin))  # (B, C, N)
        real, imaginary = (weight.T for weight in self.input.weight.chunk(2))  # (C, N)
        summed_real = (real * of_cos + imaginary * of_sin).sum(1)
        summed_imaginary = (imaginary * of_cos - real * of_sin).sum(1)
        return torch.cat([summed_real, summed_imaginary], -1)

    def _turns(self, steps: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine of 0 to `steps` - 1 turns, (steps, N) each; the angles in double, as they grow with time."""
        times = torch.arange(steps, dtype=torch.float64, device=self.angles.device)
        angles = times.unsqueeze(1) * self.angles  # (steps, N)
        return angles.cos().to(like.dtype), angles.sin().to(like.dtype)


def _turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Complex numbers (..., 2 N), turned by angles of such cosines and sines, (..., N)."""
    real, imaginary = x.chunk(2, -1)
    return torch.cat([real * cos - imaginary * sin, real * sin + imaginary * cos], -1)
