"""What a checkpoint must hold to go on with this very training: its optimizer, where it stands, what it carries."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from recurra.errors import DataError
from recurra.training.lesson import Lesson
from recurra.training.position import Position

_STATES = {  # of each optimizer, what it keeps of a parameter: as many numbers as that has, or one
    torch.optim.SGD: {"momentum_buffer": True},
    torch.optim.Adam: {"step": False, "exp_avg": True, "exp_avg_sq": True},
    torch.optim.AdamW: {"step": False, "exp_avg": True, "exp_avg_sq": True},
}


def require_training(
    tree: Any, optimizer: torch.optim.Optimizer, lesson: Lesson, carry: Callable[[], Any], path: Path
) -> None:
    """Hold a checkpoint to the training that is to go on.

    Args:
        tree: what the file holds, after `saved_state.require_state`.
        optimizer: of the training, as it begins.
        lesson: of the training.
        carry: gives the state that the network carries on from a batch; called where the checkpoint has one.
        path: of the file, for errors.

    Raises:
        DataError: something is of another shape or type, or out of range; names the file.
    """
    _require(_is_place(tree["position"], lesson), path, "a position within its data")
    _require(_is_state_of(tree["optimizer"], optimizer), path, "the state of its optimizer")
    carried = [state["carried"] for state in tree["processes"]]
    if any(state is not None for state in carried):
        expected = _outline(carry())
        _require(all(_outline(state) == expected for state in carried), path, "the state that its network carries on")


def _require(holds: bool, path: Path, expected: str) -> None:
    if not holds:
        raise DataError(f"{path}: expected a checkpoint of this training with {expected}, got another")


def _is_place(position: dict[str, Any], lesson: Lesson) -> bool:
    """Whether numbers are of the types that a position has and in range, and the data have a batch to go on with."""
    for name, value in vars(Position()).items():
        found = position[name]
        if isinstance(value, int) and not (type(found) is int and found >= 0):
            return False
        if isinstance(value, float) and not (type(found) in (int, float) and not math.isnan(found)):
            return False
    if not all(_is_record(record, lesson.monitor) for record in position["records"]):
        return False
    batch: int = position["batch"]
    return batch == 0 or batch < lesson.steps_per_epoch(position["epoch"])


def _is_record(record: Any, monitor: str) -> bool:
    return isinstance(record, dict) and type(record.get(monitor)) in (int, float)


def _is_state_of(found: dict[str, Any], optimizer: torch.optim.Optimizer) -> bool:
    """Whether an optimizer can go on from a state: with its own settings, and numbers of its parameters' shapes."""
    (group,) = optimizer.state_dict()["param_groups"]
    (found_group,) = found["param_groups"]
    if found_group.keys() != group.keys() or not _is_rate(found_group["lr"]):
        return False
    if any(_outline(found_group[name]) != _outline(group[name]) for name in group if name != "lr"):
        return False
    parameters = optimizer.param_groups[0]["params"]
    kept = _STATES[type(optimizer)]
    return all(_is_kept(state, parameters[number], kept) for number, state in found["state"].items())


def _is_rate(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and value >= 0


def _is_kept(state: dict[str, Any], parameter: Tensor, kept: dict[str, bool]) -> bool:
    """Whether this is what an optimizer keeps of a parameter; nothing, where it has no momentum."""
    if not state.keys() <= kept.keys():
        return False
    if all(value is None for value in state.values()):
        return True
    shapes = {name: parameter.shape if is_whole else torch.Size() for name, is_whole in kept.items()}
    return state.keys() == kept.keys() and all(
        isinstance(value, Tensor) and value.shape == shapes[name] and value.dtype == torch.float32
        for name, value in state.items()
    )


def _outline(value: Any) -> Any:
    """The form of nested values: of tensors shape and type; all else as it is, tuples as lists."""
    if isinstance(value, Tensor):
        return "tensor", tuple(value.shape), value.dtype
    if isinstance(value, list | tuple):
        return [_outline(part) for part in value]
    if isinstance(value, dict):
        return {name: _outline(part) for name, part in value.items()}
    return value
