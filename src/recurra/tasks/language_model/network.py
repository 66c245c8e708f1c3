"""The network that predicts the next symbol of a text: settings, network and loss, and the lesson it learns from.

Source: Mikolov et al., 2010, "Recurrent neural network based language model"; two directions as in Peters et al., 2018.
The job over it is in `recurra.tasks.language_model.task`.
"""

from typing import Any

import torch
from torch import Tensor, nn

from recurra.kernels import linear, linear_cross_entropy
from recurra.nn import Dropout, Recurrent, VariationalDropout
from recurra.nn.cells import CELLS
from recurra.nn.generators import generator_for
from recurra.nn.symbols import read_symbols
from recurra.tasks.language_model.config import LanguageModelConfig


class LanguageNetwork(nn.Module):
    """Symbols to vectors, one recurrence or two, and a softmax over the next symbol."""

    def __init__(self, symbols: int, config: LanguageModelConfig):
        super().__init__()
        width = config.embedding_size or config.hidden_size
        self.embedding = nn.Embedding(symbols, width)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        self.embedding_dropout = config.embedding_dropout
        self.reset_probability = config.reset_probability
        dropout = VariationalDropout if config.variational else Dropout
        self.input_dropout = dropout(config.input_dropout)
        self.output_dropout = dropout(config.dropout)
        self.directions = ("forward", "backward") if config.direction == "both" else ("forward",)
        self.recurrent = nn.ModuleList(_recurrence(width, config) for _ in self.directions)
        self.projection: nn.Module = nn.Identity()
        if config.tied and width != config.hidden_size:
            self.projection = nn.Linear(config.hidden_size, width, bias=False)
        self.decoder = None if config.tied else nn.Parameter(torch.empty(symbols, config.hidden_size))
        if self.decoder is not None:
            nn.init.uniform_(self.decoder, -0.1, 0.1)
        self.bias = nn.Parameter(torch.zeros(symbols))

    def forward(self, *batch: Any) -> tuple[Tensor, list[Any]]:
        """Compute the loss.

        Args:
            batch: inputs and targets (B, T), a pair for each direction, and last the carried states, a list with one
                for each direction, or None.

        Returns:
            Mean loss in nats a symbol, averaged over the directions; and the next states.
        """
        *pairs, states = batch
        losses, carried = [], []
        for direction, name in enumerate(self.directions):
            x, target = pairs[2 * direction : 2 * direction + 2]
            h, state = self.hidden(x, None if states is None else self._reset(states[direction]), name)
            losses.append(linear_cross_entropy(h, self.output_weight, self.bias, target.T) / target.numel())
            carried.append(state)
        return torch.stack(losses).mean(), carried

    @property
    def output_weight(self) -> Tensor:
        """Weights of the softmax, one row a symbol."""
        return self.embedding.weight if self.decoder is None else self.decoder

    def hidden(self, x: Tensor, state: Any, direction: str = "forward") -> tuple[Tensor, Any]:
        """Compute what the softmax reads, (T, B, F), from symbols (B, T), and the next state."""
        recurrence = self.recurrent[self.directions.index(direction)]
        h, state = read_symbols(recurrence, x.T, self._kept_embedding(), self.input_dropout, state)
        return self.projection(self.output_dropout(h)), state

    def _reset(self, state: Any) -> Any:
        """In training, let some sequences begin anew: one draw a sequence, for all layers and parts of the state."""
        if not self.training or not self.reset_probability:
            return state
        parts = state if isinstance(state, tuple | list) else (state,)  # (L, B, H) each
        keep = parts[0].new_empty(parts[0].shape[1], 1)
        keep.bernoulli_(1 - self.reset_probability, generator=generator_for(keep))
        kept = tuple(part * keep for part in parts)
        return kept if len(kept) > 1 else kept[0]

    def _kept_embedding(self) -> Tensor:
        weight = self.embedding.weight
        if self.training and self.embedding_dropout:
            keep = weight.new_empty(len(weight), 1)
            keep.bernoulli_(1 - self.embedding_dropout, generator=generator_for(keep))
            weight = weight * keep / (1 - self.embedding_dropout)
        return weight

    def step(self, symbols: Tensor, state: Any, weights: Any = None) -> tuple[Tensor, Any]:
        """Read one symbol of each stream, (B,); give the scores of the next, (B, V), and the next state.

        `weights` may be what `pack` of the recurrence returned.
        """
        recurrence: Any = self.recurrent[0]
        h, state = recurrence.step(self.embedding(symbols), state, weights)
        return linear(self.projection(h), self.output_weight, self.bias), state


def _recurrence(width: int, config: LanguageModelConfig) -> Recurrent:
    recurrence = Recurrent(
        CELLS[config.cell],
        width,
        config.hidden_size,
        config.num_layers,
        dropout=config.dropout,
        variational=config.variational,
        weight_dropout=config.weight_dropout,
        zoneout=config.zoneout,
        layer_norm=config.layer_norm,
        residual=config.residual,
        orthogonal=True,
        forget_bias=1.0,
    )
    recurrence.copies_output = False
    return recurrence
