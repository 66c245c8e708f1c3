"""A network without memory, in the form of a recurrent layer: each output is of the last few steps alone."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Window(nn.Module):
    """A multilayer perceptron over the last K steps, at every step (a time-delay network: Waibel et al., 1989).

    It is called as `recurra.nn.Recurrent` is, batch first, so that it may stand in the place of one; but its state
    carries nothing: an input K or more steps ago changes no output.

    Args:
        input_size: features I of each step.
        hidden_size: units H of each layer.
        window: steps K that are seen, the present one among them; before the beginning they are zeros.
        num_layers: hidden layers, rectified (Glorot et al., 2011).
    """

    num_directions = 1

    def __init__(self, input_size: int, hidden_size: int, window: int, num_layers: int = 1):
        super().__init__()
        self.window = window
        self.first = nn.Conv1d(input_size, hidden_size, window)
        self.others = nn.ModuleList(nn.Linear(hidden_size, hidden_size) for _ in range(num_layers - 1))

    def forward(
        self, input: Tensor, hx: Any = None, *, lengths: Tensor | None = None, embedding: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Answer every step.

        Args:
            input: (B, T, I), or symbols (B, T) with `embedding`.
            hx: nothing; taken as a recurrent layer takes its state.
            lengths: steps of each sequence, (B,); None where all are T. Steps beyond give zeros.
            embedding: vectors of symbols, (V, I).

        Returns:
            Outputs (B, T, H), and the last real one of each sequence, (1, B, H).
        """
        x = input if embedding is None else F.embedding(input, embedding)  # (B, T, I)
        padded = F.pad(x.transpose(1, 2), (self.window - 1, 0))  # (B, I, K - 1 + T)
        y = torch.relu(self.first(padded)).transpose(1, 2)  # (B, T, H)
        for layer in self.others:
            y = torch.relu(layer(y))
        if lengths is None:
            return y, y[:, -1].unsqueeze(0)
        steps = torch.arange(y.shape[1], device=y.device)
        y = y * (steps < lengths.unsqueeze(1)).unsqueeze(-1)
        return y, y[torch.arange(len(y), device=y.device), lengths - 1].unsqueeze(0)
