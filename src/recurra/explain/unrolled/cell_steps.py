"""The states and gates of a cell that a model called step by step."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.explain.recorded_calls import CellSteps
from recurra.explain.recurrent_layers import CELLS_OF_TORCH
from recurra.explain.unrolled.walk import before_each_step

SUFFIX = "_l0"
"""What stands behind the names of a cell's values, as behind those of a layer of one layer."""


@torch.no_grad()
def cell_values(call: CellSteps) -> dict[str, Tensor]:
    """Every state by name, (T, B, ...), such as "h_l0"; of torch.nn's cells the gates, too."""
    states = {name: torch.stack([_batched(state[name]) for state in call.states]) for name in call.states[0]}
    values = states | _gates(call, states)
    return {name + SUFFIX: value.detach() for name, value in values.items()}


def _batched(state: Tensor) -> Tensor:
    return state if state.dim() > 1 else state.unsqueeze(0)  # (1, H)


def _gates(call: CellSteps, states: dict[str, Tensor]) -> dict[str, Tensor]:
    """The gates of one of torch.nn's cells: its equations on all steps at once, from the states before them."""
    cell = call.module
    equations = CELLS_OF_TORCH.get(call.kind)
    if not isinstance(cell, nn.RNNCellBase) or equations is None:
        return {}
    inputs = torch.stack([_batched(_argument(call, step, 0, "input")) for step in range(call.steps)])  # (T, B, I)
    initial = _argument(call, 0, 1, "hx")
    parts = [initial] if isinstance(initial, Tensor) else initial
    before = {}
    for number, (name, values) in enumerate(states.items()):
        first = torch.zeros_like(values[0]) if parts is None else _batched(parts[number])
        before[name] = before_each_step(values, first)
    x = F.linear(inputs, cell.weight_ih, cell.bias_ih)
    u = F.linear(before["h"], cell.weight_hh, cell.bias_hh)
    by_gate = [dict(zip(equations.gates, product.chunk(len(equations.gates), -1), strict=True)) for product in (x, u)]
    values = equations(cell.hidden_size)(*by_gate, before)
    return {name: value for name, value in values.items() if name not in states}


def _argument(call: CellSteps, step: int, position: int, name: str) -> Any:
    args, kwargs = call.arguments[step]
    return args[position] if len(args) > position else kwargs.get(name)
