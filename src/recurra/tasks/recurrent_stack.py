"""The recurrent layers of a job's network, as its settings ask for them."""

from typing import Any

from recurra.nn import Recurrent
from recurra.nn.cells import cell_class
from recurra.settings.network import RecurrentConfig


def recurrent_stack(
    config: RecurrentConfig,
    input_size: int,
    *,
    hidden_size: int | None = None,
    num_layers: int | None = None,
    batch_first: bool = True,
    **options: Any,
) -> Recurrent:
    """Make recurrent layers that begin as is usual: orthogonal recurrent weights, and an LSTM that keeps its memory.

    Args:
        config: cell, size, layers and dropout, of outputs and of weights.
        input_size: I.
        hidden_size, num_layers: instead of those of the settings.
        batch_first: whether inputs are (B, T, I).
        options: more of `recurra.nn.Recurrent`, such as `bidirectional`.

    Returns:
        The layers; their outputs are not to be changed in place, so that no copy of them is kept for the gradient.
    """
    stack = Recurrent(
        cell_class(config.cell, config.activation),
        input_size,
        hidden_size or config.hidden_size,
        num_layers or config.num_layers,
        batch_first=batch_first,
        dropout=config.dropout,
        weight_dropout=config.weight_dropout,
        orthogonal=True,
        forget_bias=1.0,
        **options,
    )
    stack.copies_output = False
    return stack
