"""The picture of a training: its losses, scores and learning rate over the steps."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recurra import figures
from recurra.figures import Panel

# What scores of validation measure, by the end of their names; others have an axis of their own.
_LOSSES = ("loss", "nats_per_token", "nats_per_symbol")
_AXES = {
    "accuracy": "share",
    "f1": "share",
    "exact": "share",
    "error": "share",
    "bleu": "of 100",
    "chrf": "of 100",
    "mae": "mean absolute error",
}


def draw(records: Sequence[Mapping[str, Any]], monitor: str, loss_unit: str, path: Path) -> None:
    """Draw training loss, scores of validation and learning rate.

    Args:
        records: one evaluation each, with "step", "train_loss", "learning_rate" and scores.
        monitor: name of the score that chooses the weights; its best is marked.
        loss_unit: what the loss is measured in.
        path: the file, see `recurra.figures.save`.
    """
    figures.save(figures.curves(records, panels(records, monitor, loss_unit)), path)


def panels(records: Sequence[Mapping[str, Any]], monitor: str, loss_unit: str) -> list[Panel]:
    """Sort the scores of a training by what they measure: the loss first, the learning rate last."""
    axes: dict[str, dict[str, str]] = {f"loss, {loss_unit}": {"train_loss": "training"}}
    scores = [
        name for name in dict.fromkeys(name for record in records for name in record) if name.startswith("valid_")
    ]
    for name in scores:
        shown = name.removeprefix("valid_")
        if shown.endswith(_LOSSES):
            axes[f"loss, {loss_unit}"][name] = "validation"
        else:
            axis = _AXES.get(shown.rpartition("_")[2], shown.replace("_", " "))
            axes.setdefault(axis, {})[name] = shown.replace("_", " ")
    axes["learning rate"] = {"learning_rate": "learning rate"}
    return [Panel(title, curves, monitor if monitor in curves else None) for title, curves in axes.items()]
