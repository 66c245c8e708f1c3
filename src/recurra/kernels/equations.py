"""The equations of the four cells that PyTorch knows; as in `recurra.nn.cells`, without names.

Each takes the input products and the recurrent products, biases included, one tensor a gate, and the states before the
step; and gives the states after it.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

States = tuple[Tensor, ...]
Equations = Callable[[Sequence[Tensor], Sequence[Tensor], States], States]


def rnn_tanh(x: Sequence[Tensor], u: Sequence[Tensor], states: States) -> States:
    """Advance the simple cell."""
    return (torch.tanh(x[0] + u[0]),)


def rnn_relu(x: Sequence[Tensor], u: Sequence[Tensor], states: States) -> States:
    """Advance the simple cell with a rectifier."""
    return (torch.relu(x[0] + u[0]),)


def lstm(x: Sequence[Tensor], u: Sequence[Tensor], states: States) -> States:
    """Advance long short-term memory."""
    i, f, g, o = (one + other for one, other in zip(x, u, strict=True))
    c = torch.sigmoid(f) * states[1] + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru(x: Sequence[Tensor], u: Sequence[Tensor], states: States) -> States:
    """Advance the gated recurrent unit."""
    r, z = torch.sigmoid(x[0] + u[0]), torch.sigmoid(x[1] + u[1])
    n = torch.tanh(x[2] + r * u[2])
    return ((1 - z) * n + z * states[0],)


EQUATIONS: dict[str, Equations] = {"rnn_tanh": rnn_tanh, "rnn_relu": rnn_relu, "lstm": lstm, "gru": gru}
GATES = {"rnn_tanh": 1, "rnn_relu": 1, "lstm": 4, "gru": 3}
