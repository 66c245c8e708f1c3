"""A language model's network for writing: its weights packed once, and no text's numbers changed by those beside it."""

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.kernels import compiled, linear
from recurra.kernels.compiled_stack import CompiledStack
from recurra.kernels.packed_linear import PackedLinear
from recurra.nn.layout import State
from recurra.tasks.language_model.network import LanguageNetwork
from recurra.training import answering_precision

Parts = tuple[Tensor, ...]
"""A state's tensors, (L, B, ...) each."""

_MOST_PRODUCTS = 1 << 22
"""Up to so many products of the symbols' vectors with the first layer's weights are computed once, instead of one
symbol's at each step: 16 MiB."""


class PackedNetwork:
    """What predicts the next symbols of texts side by side.

    On the compiled kernels all texts take a step together. Elsewhere a product of several rows may end in other bits
    than that of one, so that each text takes its own.

    Args:
        network: that predicts forward; its weights are copied where the compiled kernels serve. Where it answers in
            another precision (`training.answering_precision`), so does this.
    """

    def __init__(self, network: LanguageNetwork):
        self.network = network
        self._recurrence = network.forward_recurrence
        precision = answering_precision.of(network)
        self.is_reduced = precision is not None
        dtype = None if precision is None else precision.dtype
        self._stack = self._recurrence.pack(batch_invariant=True, dtype=dtype)
        self.is_together = (
            self._stack is not None and self._stack.is_batch_invariant and compiled.serves(network.output_weight)
        )
        if self.is_together:
            self._vectors = network.embedding.weight.detach().clone()  # (V, F)
            products = len(self._vectors) * len(self._recurrence.all_weights[0][0])  # of (V, G H)
            self._symbol_stack: CompiledStack | None = None  # that takes symbols in the place of their vectors
            if isinstance(self._stack, CompiledStack) and products <= _MOST_PRODUCTS:
                self._symbol_stack = self._stack
                self._symbol_stack.know_inputs(self._vectors)
            of_linear = dtype or torch.float32
            self._output = PackedLinear(network.output_weight, network.bias, of_linear)
            projection = network.projection
            self._projection = None
            if isinstance(projection, torch.nn.Linear):
                self._projection = PackedLinear(projection.weight, None, of_linear)

    def step(self, symbols: Tensor, state: Parts) -> tuple[Tensor, Parts]:
        """Read a symbol of each text.

        Args:
            symbols: (B,).
            state: (L, B, ...) each.

        Returns:
            Scores of the next symbols, (B, V), and the state then.
        """
        if self.is_together:
            h, together = self.advance(symbols, state)
            return self._output(h), together
        scores, states = [], []
        for row in range(len(symbols)):
            before = joined(tuple(part[:, row : row + 1] for part in state))
            with answering_precision.answering(self.network):
                of_row, after = self.network.step(symbols[row : row + 1], before, self._stack)
            scores.append(of_row)
            states.append(parts_of(after))
        return torch.cat(scores), tuple(torch.cat(parts, 1) for parts in zip(*states, strict=True))

    def advance(self, symbols: Tensor, state: Parts) -> tuple[Tensor, Parts]:
        """Read a symbol of each text, where they take their steps together.

        Args:
            symbols: (B,).
            state: (L, B, ...) each.

        Returns:
            What the softmax reads, (B, F), and the state then.
        """
        if self._symbol_stack is not None:
            h, parts = self._symbol_stack.step_known(symbols, state)
        else:
            h, after = self._recurrence.step(F.embedding(symbols, self._vectors), joined(state), self._stack)
            parts = parts_of(after)
        return h if self._projection is None else self._projection(h), parts

    def beginning(self) -> Parts:
        """The state of one text before its first symbol, (L, 1, ...) each."""
        return parts_of(self._recurrence.zero_state(1))

    def read(self, symbols: Tensor, state: Parts | None) -> tuple[Tensor | None, Parts]:
        """Read symbols of one text.

        Args:
            symbols: (1, T); T may be 0.
            state: before them; None at a beginning.

        Returns:
            What the softmax reads after each, (T, F), None where T is 0; and the state then.
        """
        before = None if state is None else joined(state)
        if symbols.shape[1]:
            h, after = self.network.hidden(symbols, before)  # (T, 1, F)
            return h.squeeze(1), parts_of(after)
        return None, self.beginning() if state is None else state

    def scores(self, h: Tensor) -> Tensor:
        """Scores of the next symbols, (T, V), of what the softmax reads (T, F)."""
        if self.is_together:
            return self._output(h)
        with answering_precision.answering(self.network):
            return linear(h, self.network.output_weight, self.network.bias)


def parts_of(state: State) -> Parts:
    """The tensors of a state."""
    return tuple(state) if isinstance(state, tuple | list) else (state,)


def joined(parts: Parts) -> State:
    """The state of some tensors, as layers take it."""
    return parts if len(parts) > 1 else parts[0]
