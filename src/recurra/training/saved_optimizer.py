"""What a checkpoint must hold of an optimizer before that goes on from there."""

import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from recurra.training.saved_state import outline, require

_ENTRIES = ("state", "param_groups")
_MOMENTS = {"step": False, "exp_avg": True, "exp_avg_sq": True}
_BUFFERS: dict[type, dict[str, bool]] = {
    torch.optim.SGD: {"momentum_buffer": True},
    torch.optim.Adam: _MOMENTS,
    torch.optim.AdamW: _MOMENTS,
}
"""What each optimizer keeps of a parameter, and whether that has the parameter's shape or is one number."""


def require_optimizer_state(saved: Any, optimizer: torch.optim.Optimizer, file: Path) -> None:
    """Hold a saved state to an optimizer of one group of parameters.

    Args:
        saved: what should be the optimizer's "state" and "param_groups".
        optimizer: that is to go on from there.
        file: that it was read from.

    Raises:
        DataError: it has other parameters or settings, or numbers of other shapes or types; names the file.
    """
    expected = "the state of its optimizer"
    is_whole = isinstance(saved, dict) and all(name in saved for name in _ENTRIES)
    require(is_whole and isinstance(saved["state"], dict), file, expected)
    groups = saved["param_groups"]
    has_one_group = isinstance(groups, list) and len(groups) == 1 and isinstance(groups[0], dict)
    require(has_one_group, file, "the parameters of its optimizer")
    parameters = optimizer.param_groups[0]["params"]
    require(groups[0].get("params") == list(range(len(parameters))), file, "the parameters of its optimizer")
    require(_is_group(groups[0], optimizer), file, expected)
    buffers = next(names for kind, names in _BUFFERS.items() if isinstance(optimizer, kind))
    for number, state in saved["state"].items():
        is_known = isinstance(state, dict) and type(number) is int and 0 <= number < len(parameters)
        require(is_known and _are_buffers(state, parameters[number], buffers), file, expected)


def _is_group(saved: dict[str, Any], optimizer: torch.optim.Optimizer) -> bool:
    """Whether a group has the options of the optimizer's own; the learning rate changes while learning."""
    (group,) = optimizer.state_dict()["param_groups"]
    if saved.keys() != group.keys() or not _is_rate(saved["lr"]):
        return False
    return all(outline(saved[name]) == outline(group[name]) for name in group if name != "lr")


def _is_rate(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and value >= 0


def _are_buffers(state: dict[str, Any], parameter: Tensor, buffers: dict[str, bool]) -> bool:
    """Whether this is what an optimizer keeps of a parameter; nothing, where it has no momentum."""
    if not state.keys() <= buffers.keys():
        return False
    if all(value is None for value in state.values()):
        return True
    if state.keys() != buffers.keys():
        return False
    for name, has_parameters_shape in buffers.items():
        shape = parameter.shape if has_parameters_shape else torch.Size()
        value = state[name]
        if not isinstance(value, Tensor) or value.shape != shape or value.dtype != torch.float32:
            return False
    return True
