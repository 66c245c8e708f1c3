"""A training that starts from what another has learnt: its weights, its network, its labels and symbols."""

import copy
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from torch import nn

from recurra.errors import DataError, quote
from recurra.training import opening

if TYPE_CHECKING:  # which imports this module
    from recurra.training.task import Task

Shapes = dict[str, tuple[int, ...]]
TaskT = TypeVar("TaskT", bound="Task[Any, Any]")


def require_fitted(task: TaskT, start_from: Any) -> TaskT:
    """Give the task that a training starts from.

    Args:
        task: that is to be fitted.
        start_from: a run folder, or a fitted task.

    Raises:
        DataError: it is of another job, or has learnt nothing.
    """
    if isinstance(start_from, str | Path):
        return type(task).load(start_from)
    if not isinstance(start_from, type(task)):
        raise DataError(f"start_from: expected a run folder or a fitted {type(task).__name__}, got {quote(start_from)}")
    start_from._fitted()
    return start_from


def settings_from(task: TaskT, base: TaskT, changed: dict[str, Any], name: str) -> dict[str, Any]:
    """Give the settings of a training that starts from another: those of the other, but for those that somebody chose.

    Args:
        task: that is to be fitted; its settings that are not the defaults were chosen.
        base: that it starts from.
        changed: settings that were chosen besides.
        name: of `base`, for errors.

    Raises:
        DataError: a setting was chosen that would make another network of it, or other labels or symbols; names it.
    """
    defaults, before = dataclasses.asdict(task.Config()), dataclasses.asdict(base.config)
    chosen = {key: value for key, value in dataclasses.asdict(task.config).items() if value != defaults[key]}
    chosen |= changed
    for key, value in chosen.items():
        if key in before and value != before[key] and _changes_network(base, key, value):
            raise DataError(
                f"{key}: expected {quote(before[key])}, as {name} has, got {quote(value)}; a training that starts from "
                "another keeps its network, labels and symbols"
            )
    return before | chosen


def _changes_network(base: "Task[Any, Any]", key: str, value: Any) -> bool:
    """Whether a setting decides what the weights are of, or what they mean."""
    if key in base.lasting:
        return True
    other = copy.copy(base)
    other.set_params(**{key: value})  # raises where the value is none for this setting
    try:
        return _shapes(opening.without_memory(other._build)) != _shapes(base._fitted())
    except (RuntimeError, ValueError):  # there is no such network
        return True


def _shapes(network: nn.Module) -> Shapes:
    return {name: tuple(value.shape) for name, value in network.state_dict().items()}
