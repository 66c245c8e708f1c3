"""The network that predicts the next symbol of a text, and its loss.

Source: Mikolov et al., 2010, "Recurrent neural network based language model"; two directions as in Peters et al., 2018.
The job over it is in `recurra.tasks.language_model.task`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from recurra.kernels import linear, linear_cross_entropy
from recurra.nn import Dropout, Linear, Recurrent, VariationalDropout
from recurra.nn.embedded_input import read_symbols
from recurra.nn.generators import generator_for
from recurra.nn.layout import State
from recurra.tasks.language_model.config import LanguageModelConfig
from recurra.tasks.recurrent_stack import recurrent_stack
from recurra.training.batch import Batch
from recurra.training.supervised_network import SupervisedNetwork


@dataclass(frozen=True)
class LanguageBatch(Batch):
    """Symbols, and those that follow them.

    Attributes:
        inputs: (B, T) int64; of two directions (B, 2, T), the second row of each pair as the backward direction reads
            it, from the end of the text.
        targets: of the same shape, what comes after each input in its direction.
    """

    inputs: Tensor
    targets: Tensor

    @property
    def size(self) -> int:
        """Predicted symbols, in one direction."""
        return len(self.inputs) * self.inputs.shape[-1]


class LanguageNetwork(SupervisedNetwork[LanguageBatch]):
    """Symbols to vectors, one recurrence or two, and a softmax over the next symbol.

    Args:
        symbols: how many there are, V.
        config: the settings.
    """

    loss_unit = "nats a token"

    def __init__(self, symbols: int, config: LanguageModelConfig):
        super().__init__()
        width = config.embedding_size or config.hidden_size
        self.embedding = nn.Embedding(symbols, width)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        self.token_dropout = config.token_dropout
        self.reset_probability = config.reset_probability
        dropout = VariationalDropout if config.variational_dropout else Dropout
        self.input_dropout = dropout(config.input_dropout)
        self.output_dropout = dropout(config.dropout)
        self.directions = ("forward", "backward") if config.bidirectional else ("forward",)
        self.recurrent = nn.ModuleList(_recurrence(width, config) for _ in self.directions)
        self.projection: nn.Module = nn.Identity()
        if config.tie_embeddings and width != config.hidden_size:
            self.projection = Linear(config.hidden_size, width, bias=False)
        self.decoder = None if config.tie_embeddings else nn.Parameter(torch.empty(symbols, config.hidden_size))
        if self.decoder is not None:
            nn.init.uniform_(self.decoder, -0.1, 0.1)
        self.bias = nn.Parameter(torch.zeros(symbols))

    def forward(
        self, inputs: Tensor, lengths: Tensor | None = None, state: Sequence[State] | None = None
    ) -> tuple[Tensor, tuple[State, ...]]:
        """Predict the symbol after each.

        Args:
            inputs: symbols, (B, T); of two directions (B, 2, T), see `LanguageBatch`.
            lengths: symbols of each sequence that are no padding, (B,); None where all are.
            state: of each direction, as returned for what came before; None at the beginning.

        Returns:
            Scores of each symbol before softmax, (B, T, V) or (B, 2, T, V); and the state of each direction then.
        """
        logits, states = list[Tensor](), list[State]()
        for number, symbols in enumerate(self._by_direction(inputs)):
            before = None if state is None else state[number]
            h, after = self.hidden(symbols, before, self.directions[number], lengths)
            scores = linear(h, self.output_weight, self.bias)  # (T, B, V)
            logits.append(scores.transpose(0, 1))
            states.append(after)
        return (logits[0] if len(logits) == 1 else torch.stack(logits, 1)), tuple(states)

    def loss(self, batch: LanguageBatch, state: Sequence[State] | None = None) -> tuple[Tensor, tuple[State, ...]]:
        """Compute the loss of a batch, without ever holding the scores of all symbols.

        Args:
            batch: symbols and those that follow.
            state: of each direction, as returned for the batch before; None at the beginning.

        Returns:
            Mean loss in nats a symbol, averaged over the directions; and the next states.
        """
        losses, states = list[Tensor](), list[State]()
        pairs = zip(self._by_direction(batch.inputs), self._by_direction(batch.targets), strict=True)
        for number, (symbols, targets) in enumerate(pairs):
            before = None if state is None else self._reset(state[number])
            h, after = self.hidden(symbols, before, self.directions[number])  # (T, B, F)
            total = linear_cross_entropy(h, self.output_weight, self.bias, targets.T)
            losses.append(total / targets.numel())
            states.append(after)
        return torch.stack(losses).mean(), tuple(states)

    def _by_direction(self, symbols: Tensor) -> tuple[Tensor, ...]:
        """What each direction reads, (B, T)."""
        return (symbols,) if len(self.directions) == 1 else symbols.unbind(1)

    @property
    def output_weight(self) -> Tensor:
        """Weights of the softmax, one row a symbol."""
        return self.embedding.weight if self.decoder is None else self.decoder

    def hidden(
        self, symbols: Tensor, state: State | None, direction: str = "forward", lengths: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """Compute what the softmax reads, (T, B, F), from symbols (B, T), and the next state."""
        recurrence = self.recurrent[self.directions.index(direction)]
        vectors = self._dropped_embedding()
        h, after = read_symbols(recurrence, symbols.T, vectors, self.input_dropout, state, lengths=lengths)
        return self.projection(self.output_dropout(h)), after

    def _reset(self, state: State) -> State:
        """In training, let some sequences begin anew: one draw a sequence, for all layers and parts of the state."""
        if not self.training or not self.reset_probability:
            return state
        parts = state if isinstance(state, tuple | list) else (state,)  # (L, B, H) each
        keep = parts[0].new_empty(parts[0].shape[1], 1)
        keep.bernoulli_(1 - self.reset_probability, generator=generator_for(keep))
        reset = tuple(part * keep for part in parts)
        return reset if len(reset) > 1 else reset[0]

    def _dropped_embedding(self) -> Tensor:
        """The symbols' vectors, (V, F); in training some symbols are dropped whole."""
        weight = self.embedding.weight
        if self.training and self.token_dropout:
            keep = weight.new_empty(len(weight), 1)
            keep.bernoulli_(1 - self.token_dropout, generator=generator_for(keep))
            weight = weight * keep / (1 - self.token_dropout)
        return weight

    def step(self, symbols: Tensor, state: State | None, weights: Any = None) -> tuple[Tensor, State]:
        """Read one symbol of each stream in the forward direction; nothing is dropped, whatever the mode.

        Args:
            symbols: (B,).
            state: of the forward direction; None at the beginning.
            weights: what `forward_recurrence.pack` returned, to be used instead of the layers' own.

        Returns:
            Scores of the next symbols, (B, V), and the next state.
        """
        h, after = self.forward_recurrence.step(self.embedding(symbols), state, weights)
        return linear(self.projection(h), self.output_weight, self.bias), after

    @property
    def forward_recurrence(self) -> Recurrent:
        """What reads a text from its beginning."""
        recurrence = self.recurrent[0]
        assert isinstance(recurrence, Recurrent)
        return recurrence


def _recurrence(width: int, config: LanguageModelConfig) -> Recurrent:
    return recurrent_stack(
        config,
        width,
        batch_first=False,
        variational=config.variational_dropout,
        zoneout=config.zoneout,
        layer_norm=config.layer_norm,
        residual=config.residual,
    )
