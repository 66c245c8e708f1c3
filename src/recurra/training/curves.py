"""The picture of a training: its losses, scores and learning rate over the steps."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recurra import figures
from recurra.figures import Panel

# What scores of validation measure, by the end of their names; others have an axis of their own.
_LOSSES = ("loss", "nats_per_token")
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
    """Draw the losses, scores of validation, norms of gradients and learning rates of a training.

    Args:
        records: one evaluation each, with "step", and by name: losses of training ("train_..._loss"), other scores of
            training ("train_..."), scores of validation ("valid_..."), "..._gradient_norm" and "..._learning_rate".
        monitor: name of the score that chooses the weights; its best is marked.
        loss_unit: what the losses are measured in.
        path: the file, see `recurra.figures.save`.
    """
    figures.save(figures.curves(records, panels(records, monitor, loss_unit)), path)


def panels(records: Sequence[Mapping[str, Any]], monitor: str, loss_unit: str) -> list[Panel]:
    """Sort the numbers of a training by what they measure: the losses first, the learning rates last."""
    names = list(dict.fromkeys(name for record in records for name in record))
    losses = f"loss, {loss_unit}"
    axes: dict[str, dict[str, str]] = {losses: _named(names, "loss", "training", "train_")}
    for name in names:
        if not name.startswith("valid_"):
            continue
        score = name.removeprefix("valid_")
        if score.endswith(_LOSSES):
            axes[losses][name] = "validation"
        else:
            axis = _AXES.get(score.rpartition("_")[2], score.replace("_", " "))
            axes.setdefault(axis, {})[name] = score.replace("_", " ")
    for name in names:
        if name.startswith("train_") and not name.endswith("loss"):
            score, kind = name.removeprefix("train_").replace("_", " "), name.rpartition("_")[2]
            axes.setdefault(f"{_AXES.get(kind, kind)}, training", {})[name] = score
    axes["gradient norm"] = _named(names, "gradient_norm", "gradient norm")
    axes["learning rate"] = _named(names, "learning_rate", "learning rate")
    return [
        Panel(axis if axis == losses else _title(axis, curves), curves, monitor if monitor in curves else None)
        for axis, curves in axes.items()
        if curves
    ]


def _title(axis: str, curves: Mapping[str, str]) -> str:
    """What stands beside an axis: what is measured, and before it the one curve, which no legend names."""
    names = list(curves.values())
    return axis if len(names) > 1 or axis in names[0] else f"{names[0]}, {axis}"


def _named(names: Sequence[str], ending: str, label: str, beginning: str = "") -> dict[str, str]:
    """What the curves of some numbers are called: `label`, and before it whose they are, where there are several.

    Args:
        names: all that there are.
        ending: of those that are meant, which begin with `beginning`.
        label: of the curve whose name has nothing between these.
    """
    curves = {}
    for name in names:
        if name.startswith(beginning) and name.endswith(ending) and not name.startswith("valid_"):
            whose = name.removeprefix(beginning).removesuffix(ending).strip("_")
            curves[name] = f"{whose.replace('_', ' ')} {label}".strip()
    return curves
