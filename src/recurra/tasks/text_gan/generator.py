"""The recurrent generator of text: what comes next, symbol after symbol."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.kernels import linear, linear_cross_entropy
from recurra.nn import Dropout
from recurra.nn.embedded_input import read_symbols
from recurra.nn.layout import State
from recurra.nn.step_mask import step_mask
from recurra.tasks.recurrent_stack import recurrent_stack
from recurra.tasks.text_gan.config import TextGANConfig


class TextGenerator(nn.Module):
    """Symbols to vectors, a recurrence, and a softmax over the next symbol.

    A line is read from its beginning on: a symbol of its own, of which there is one for each class.

    Args:
        symbols: that are written, V, the end of a line among them where lines end.
        beginnings: classes, or 1.
        config: the settings.
    """

    def __init__(self, symbols: int, beginnings: int, config: TextGANConfig):
        super().__init__()
        width = config.embedding_size or config.hidden_size
        self.symbols = symbols
        self.embedding = nn.Parameter(torch.empty(symbols + beginnings, width).normal_(0, 0.1))
        self.input_dropout, self.output_dropout = Dropout(config.dropout), Dropout(config.dropout)
        self.recurrent = recurrent_stack(config, width)
        self.weight = nn.Parameter(torch.empty(symbols, config.hidden_size).normal_(0, 0.1))
        self.bias = nn.Parameter(torch.zeros(symbols))

    @torch.no_grad()
    def begin_with(self, counts: Tensor) -> None:
        """Let the softmax begin with how often each symbol comes, (V,)."""
        scores = (counts + 0.5).log()
        self.bias.copy_(scores - scores.mean())

    def hidden(self, inputs: Tensor) -> Tensor:
        """Compute what the softmax reads, (B, T, H), from the symbols before each, (B, T), the beginning first."""
        h, _ = read_symbols(self.recurrent, inputs, self.embedding, self.input_dropout)
        dropped: Tensor = self.output_dropout(h)
        return dropped

    def nats(self, inputs: Tensor, targets: Tensor, lengths: Tensor, temperature: float = 1.0) -> Tensor:
        """Compute the sum of -log p over all symbols, a scalar.

        Args:
            inputs: (B, T), the beginning of each line and its symbols but for the last.
            targets: (B, T), the symbols that follow each.
            lengths: of the lines, (B,).
            temperature: of the softmax, as lines are drawn with it.
        """
        mask = step_mask(lengths, targets.shape[1])
        h = self.hidden(inputs)[mask]  # (N, H)
        return linear_cross_entropy(h, self.weight / temperature, self.bias / temperature, targets[mask])

    def log_probs(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Compute log p of each symbol, (B, T); arguments as of `nats`."""
        logits = linear(self.hidden(inputs), self.weight, self.bias)  # (B, T, V)
        return -F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape)

    def step(self, vectors: Tensor, state: State | None, weights: Any = None) -> tuple[Tensor, State]:
        """Read one vector of each line; nothing is dropped.

        Args:
            vectors: (B, E).
            state: what the last call returned; None at the beginning.
            weights: what `self.recurrent.pack()` returned, for calls without gradients.

        Returns:
            Scores of the next symbols, (B, V), and the next state.
        """
        h, state = self.recurrent.step(vectors, state, weights)
        return linear(h, self.weight, self.bias), state
