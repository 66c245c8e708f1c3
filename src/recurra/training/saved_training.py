"""What a checkpoint must hold of the loop: where the training stands, and every process's random numbers."""

import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from recurra.errors import DataError
from recurra.training.data_module import DataModule
from recurra.training.interrupt import resume_command
from recurra.training.position import Position
from recurra.training.run import RunFolder
from recurra.training.saved_state import require, require_entries

_ENTRIES = ("position", "update", "processes")
_OF_PROCESS = ("random", "update")


def require_training(saved: Any, data: DataModule, monitor: str, file: Path) -> None:
    """Hold a checkpoint to the training that is to go on; what its update saved is left to that.

    Args:
        saved: what the file holds.
        data: what is learnt from.
        monitor: name of the score that chooses the weights.
        file: that it was read from.

    Raises:
        DataError: something is missing, of another type, or out of range; names the file.
    """
    require_entries(saved, _ENTRIES, file)
    require(_is_position(saved["position"]), file, "a position")
    require(_is_within(saved["position"], data, monitor), file, "a position within its data")
    states = saved["processes"]
    require(isinstance(states, list), file, "the state of each process")
    for state in states:
        is_whole = isinstance(state, dict) and all(name in state for name in _OF_PROCESS)
        require(is_whole, file, "the state of each process")
        require(_is_random_state(state["random"]), file, "the state of its random numbers")


def require_as_many(saved: int, count: int, run: RunFolder) -> None:
    """Refuse to go on with another number of processes than the checkpoint of a run was written by.

    Raises:
        DataError: there are `count` now, and were `saved`; says how to go on.
    """
    if saved != count:
        raise DataError(
            f"{run.last_file}: expected a training by as many processes as now, {count}, got one by {saved}; "
            f"go on with as many: {resume_command(run.path, saved)}"
        )


def _is_position(saved: Any) -> bool:
    """Whether these are the entries of a position, each of the type that it has there."""
    entries = vars(Position())
    if not isinstance(saved, dict) or saved.keys() != entries.keys():
        return False
    if not all(_is_like(saved[name], value) for name, value in entries.items()):
        return False
    sums, counts = saved["sums"], saved["counts"]
    return sums.keys() == counts.keys() and all(type(count) is int and count > 0 for count in counts.values())


def _is_like(saved: Any, value: Any) -> bool:
    """Whether this may stand in the place of a position's value."""
    if isinstance(value, int):
        return type(saved) is int and saved >= 0
    if isinstance(value, float):
        return _is_number(saved)
    if isinstance(value, dict):  # numbers by name
        return isinstance(saved, dict) and all(type(name) is str and _is_number(saved[name]) for name in saved)
    return isinstance(saved, list)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and not math.isnan(value)


def _is_within(position: dict[str, Any], data: DataModule, monitor: str) -> bool:
    """Whether the evaluations have the score that counts, and the data a batch to go on with."""
    if not all(_is_record(record, monitor) for record in position["records"]):
        return False
    batch: int = position["batch"]
    return batch == 0 or batch < data.steps_per_epoch(position["epoch"])


def _is_record(record: Any, monitor: str) -> bool:
    return isinstance(record, dict) and type(record.get(monitor)) in (int, float)


def _is_random_state(saved: Any) -> bool:
    """Whether a generator of the CPU, and whatever others there are, can go on from these."""
    if not isinstance(saved, dict) or not isinstance(saved.get("cpu"), Tensor):
        return False
    if not all(isinstance(value, Tensor) for value in saved.values()):
        return False
    try:
        torch.Generator().set_state(saved["cpu"])
    except (RuntimeError, TypeError):
        return False
    return True
