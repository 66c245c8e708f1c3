"""What is told of a training: its numbers by step, sorted into panels as `curves.html` of the run has them."""

import math
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from recurra.training import curves
from recurra.training.history import History

_NO_SERIES = ("epoch", "step", "seconds")


class CurvePanel(BaseModel):
    """Curves over one axis: what that measures, and how each curve is called, by the name of its series."""

    title: str
    curves: dict[str, str]


class Trouble(BaseModel):
    """What is wrong between the two players of a training: a word that can be compared, and the same for people."""

    code: str
    message: str


class Curves(BaseModel):
    """A training so far, or what has come of it.

    first: number of the first row that is here, from 0. steps, epochs, seconds: of each row, the seconds that learning
    has taken; null where that is not known. series: numbers by name, null where a row has none. panels: from the most
    important. best_step: where the weights that are kept were found. step: the last that the training has told of,
    often behind the last row. is_over: whether no more rows come, unless somebody goes on with the training.
    is_interrupted: whether it is not over, but nothing goes on with it.
    """

    first: int
    steps: list[int]
    epochs: list[int]
    seconds: list[float | None]
    series: dict[str, list[float | None]]
    panels: list[CurvePanel]
    best_step: int | None
    step: int | None
    total_steps: int | None
    is_over: bool
    is_interrupted: bool
    troubles: list[Trouble]


def curves_of(history: History, loss_unit: str, first: int = 0) -> Curves:
    """Tell of a training, from row `first` on; `loss_unit` is what its losses are measured in."""
    records = history.records
    rows = records[first:]
    names = list(dict.fromkeys(name for record in records for name in record if name not in _NO_SERIES))
    return Curves(
        first=first,
        steps=[row["step"] for row in rows],
        epochs=[row["epoch"] for row in rows],
        seconds=_series(rows, "seconds"),
        series={name: _series(rows, name) for name in names},
        panels=[CurvePanel(title=each.title, curves=dict(each.curves)) for each in _panels(history, loss_unit)],
        best_step=history.best_step,
        step=history.step,
        total_steps=history.total_steps,
        is_over=history.is_over,
        is_interrupted=history.is_interrupted,
        troubles=[Trouble(code=code, message=message) for code, message in history.troubles.items()],
    )


def _panels(history: History, loss_unit: str) -> list[Any]:
    return curves.panels(history.records, "", loss_unit) if history.records else []


def _series(rows: Sequence[dict[str, Any]], name: str) -> list[float | None]:
    return [_number(row.get(name)) for row in rows]


def _number(value: Any) -> float | None:
    """A number as JSON holds it; None where it is none."""
    return float(value) if type(value) in (int, float) and math.isfinite(value) else None
