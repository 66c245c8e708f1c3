"""What a checkpoint must hold before any of it is put into a training."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from recurra.errors import DataError

_ENTRIES = ("position", "network", "average", "optimizer", "processes")
_OPTIMIZER = ("state", "param_groups")


def require_state(tree: Any, network: nn.Module, position: Any, path: Path) -> None:
    """Hold a checkpoint to the network that is trained.

    Args:
        tree: what the file holds.
        network: whose weights it should have.
        position: where a training stands at its start; the checkpoint must say the same of its own.
        path: of the file, for errors.

    Raises:
        DataError: something is missing, or of another shape or type; names it.
    """

    def require(holds: bool, expected: str) -> None:
        if not holds:
            raise DataError(f"{path}: expected a checkpoint of this training with {expected}, got another")

    require(isinstance(tree, dict) and all(name in tree for name in _ENTRIES), f"entries {', '.join(_ENTRIES)}")
    weights = network.state_dict()
    require(_alike(tree["network"], weights), "the weights of its network")
    averaged = {"n_averaged": torch.zeros((), dtype=torch.long)} | {f"module.{k}": v for k, v in weights.items()}
    require(tree["average"] is None or _alike(tree["average"], averaged), "an average of its weights")
    require(_is_position(tree["position"], position), "a position")
    optimizer = tree["optimizer"]
    require(isinstance(optimizer, dict) and all(name in optimizer for name in _OPTIMIZER), "the state of its optimizer")
    _require_optimizer(optimizer, list(network.parameters()), require)
    states = tree["processes"]
    fits = isinstance(states, list) and all(isinstance(state, dict) for state in states)
    require(fits and all(isinstance(state.get("random"), dict) for state in states), "the state of each process")
    require(all("carried" in state for state in states), "the state of each process")
    require(all(_is_random_state(state["random"]) for state in states), "the state of its random numbers")


def _alike(found: Any, expected: Mapping[str, Tensor]) -> bool:
    """Whether these are tensors of the same names, shapes and types."""
    if not isinstance(found, dict) or found.keys() != expected.keys():
        return False
    pairs = ((found[name], value) for name, value in expected.items())
    return all(isinstance(a, Tensor) and a.shape == b.shape and a.dtype == b.dtype for a, b in pairs)


def _is_random_state(found: dict[str, Any]) -> bool:
    """Whether a generator of the CPU, and whatever others there are, can go on from these."""
    if "cpu" not in found or not all(isinstance(value, Tensor) for value in found.values()):
        return False
    try:
        torch.Generator().set_state(found["cpu"])
    except (RuntimeError, TypeError):
        return False
    return True


def _is_position(found: Any, expected: Any) -> bool:
    """Whether these are the same entries, numbers where there are numbers and lists where there are lists."""
    names = vars(expected)
    if not isinstance(found, dict) or found.keys() != names.keys():
        return False
    kinds = {name: list if isinstance(value, list) else (int, float) for name, value in names.items()}
    return all(isinstance(found[name], kind) for name, kind in kinds.items())


def _require_optimizer(optimizer: dict[str, Any], parameters: list[nn.Parameter], require: Callable[..., None]) -> None:
    """Hold the state of the optimizer to its parameters: a number, or as many as the parameter has."""
    groups, states = optimizer["param_groups"], optimizer["state"]
    fits = isinstance(groups, list) and len(groups) == 1 and isinstance(groups[0], dict)
    require(fits and groups[0].get("params") == list(range(len(parameters))), "the parameters of its optimizer")
    require(isinstance(states, dict), "the state of its optimizer")
    for number, state in states.items():
        known = isinstance(state, dict) and type(number) is int and 0 <= number < len(parameters)
        require(known, "the state of its optimizer")
        shapes = ((), tuple(parameters[number].shape))
        tensors = [value for value in state.values() if isinstance(value, Tensor)]
        require(all(tuple(value.shape) in shapes for value in tensors), "the state of its optimizer")
