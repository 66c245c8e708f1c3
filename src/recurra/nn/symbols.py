"""A recurrence that reads symbols through their vectors, some of which may be dropped."""

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F


def read_symbols(recurrence: nn.Module, symbols: Tensor, vectors: Tensor, dropout: Any, *state: Any, **how: Any) -> Any:
    """Run a recurrent layer over symbols.

    Args:
        recurrence: a `Recurrent`.
        symbols: whole numbers in the layer's form, without the last dimension.
        vectors: (V, I), one a symbol.
        dropout: of the vectors; where it drops nothing, the layer looks their products up.
        state, how: what else the layer takes.
    """
    if dropout.training and dropout.p:
        return recurrence(dropout(F.embedding(symbols, vectors)), *state, **how)
    return recurrence(symbols, *state, **how, embedding=vectors)
