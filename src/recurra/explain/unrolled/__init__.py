"""Recorded calls of recurrent layers, open to view step by step: states, gates, gradients and Jacobians."""

from torch import Tensor

from recurra.explain.recorded_calls import LayerCall, RecurrentCall
from recurra.explain.unrolled.cell_steps import cell_values
from recurra.explain.unrolled.direction import StateGradients, UnrolledDirection
from recurra.explain.unrolled.stack import UnrolledLayer, layer_values, unroll

__all__ = ["StateGradients", "UnrolledDirection", "UnrolledLayer", "named_values", "unroll"]


def named_values(call: RecurrentCall) -> dict[str, Tensor]:
    """Every state and gate of a recorded call by name, such as "f_l1_reverse", as `Recurrent.trace` names them.

    Each is (T, B, ...), in the order of time and of the caller's batch, and zero in padding.
    """
    return layer_values(call) if isinstance(call, LayerCall) else cell_values(call)
