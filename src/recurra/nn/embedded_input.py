"""Symbols read through their embedding by a recurrent layer, which can save the embedding's products."""

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F


def read_symbols(
    recurrence: nn.Module, symbols: Tensor, embedding: Tensor, dropout: nn.Module, *state: Any, **settings: Any
) -> Any:
    """Run a recurrent layer over symbols.

    Where nothing is dropped from the vectors, the layer is given the symbols and the table, so that it multiplies each
    vector with its weights once and looks the products up (`Recurrent.forward`, `embedding`).

    Args:
        recurrence: a `recurra.nn.Recurrent`.
        symbols: whole numbers in the layer's form, without the last dimension.
        embedding: (V, I), a vector a symbol.
        dropout: a module that drops from the vectors with probability `p` in training.
        state, settings: what else the layer takes.

    Returns:
        Outputs and final state, as of the layer.
    """
    if dropout.training and dropout.p:
        return recurrence(dropout(F.embedding(symbols, embedding)), *state, **settings)
    return recurrence(symbols, *state, **settings, embedding=embedding)
