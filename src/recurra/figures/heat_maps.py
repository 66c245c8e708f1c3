"""Numbers over steps as shades: a row a unit, a feature or an output, a column a step."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from recurra.figures.colored_text import NEGATIVE, POSITIVE

if TYPE_CHECKING:
    import altair

_WIDTH, _HEIGHT = 720, 420  # pixels at most
_CELL = 22  # pixels of a cell at most
_NAMED = 60  # columns at most whose names are shown
_DIGITS = 3  # that count


def heat_map(
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str] | None = None,
    title: str = "Values",
    row_title: str = "unit",
    column_title: str = "step",
    value_title: str = "value",
) -> "altair.LayerChart | altair.FacetChart":
    """Draw numbers as shades: white is 0, blue above and orange below it, with a dot where it is below.

    Args:
        values: (R, T); what is not finite is left out.
        rows: R names, from the top down.
        columns: T names, such as the symbols that were read; None for the steps' numbers, from 0.
        title: of the figure.
        row_title, column_title, value_title: what rows, columns and numbers are.

    Returns:
        The figure; pointing at a cell shows its number.
    """
    import altair

    names = [str(number) for number in range(values.shape[1])] if columns is None else list(columns)
    largest = float(np.abs(np.asarray(values, float)[np.isfinite(values)]).max(initial=0.0)) or 1.0
    x = altair.X("column:O", title=column_title, axis=_column_axis(names, columns is not None))
    row_axis = altair.Axis(labelExpr="rows[datum.value]", labelOverlap="greedy", labelLimit=200)
    y = altair.Y("row:O", title=row_title, axis=row_axis)
    scale = altair.Scale(domain=[-largest, 0, largest], range=[NEGATIVE, "white", POSITIVE], interpolate="rgb")
    base = _cells(values)
    shade = base.mark_rect().encode(
        x=x,
        y=y,
        color=altair.Color("value:Q", title=value_title, scale=scale),
        tooltip=[
            altair.Tooltip("row_name:N", title=row_title),
            altair.Tooltip("column:Q", title="step"),
            altair.Tooltip("column_name:N", title=column_title),
            altair.Tooltip("value:Q", title=value_title, format=".4g"),
        ],
    )
    dot = base.transform_filter(f"datum.value < {-largest / 20}").mark_point(
        filled=True, size=6, color="black", shape="circle"
    )
    parameters = [altair.param(name="rows", value=list(rows)), altair.param(name="columns", value=names)]
    width = min(_WIDTH, max(1, len(names)) * _CELL)
    height = min(_HEIGHT, max(1, len(rows)) * _CELL)
    figure = altair.layer(shade, dot.encode(x=x, y=y)).add_params(*parameters)
    return figure.properties(title=title, width=width, height=height)


def _cells(values: np.ndarray) -> "altair.Chart":
    """A chart of a cell for each finite number, with its "row", "column" and "value"."""
    import altair

    data = [{"row": row, "value": [_short(value) for value in numbers]} for row, numbers in enumerate(values)]
    return (
        altair.Chart(altair.Data(values=data))
        .transform_flatten(["value"])  # a list a row takes a sixth of an object a cell
        .transform_window(number="row_number()", groupby=["row"])
        .transform_filter("isValid(datum.value)")
        .transform_calculate(column="datum.number - 1")
        .transform_calculate(row_name="rows[datum.row]", column_name="columns[datum.column]")
    )


def _column_axis(names: Sequence[str], has_names: bool) -> "altair.Axis":
    """All names where there are few; else some numbers."""
    import altair

    if has_names and len(names) <= _NAMED:
        return altair.Axis(labelExpr="columns[datum.value]", labelAngle=-90, labelOverlap=False)
    return altair.Axis(values=list(range(0, len(names), -(-len(names) // 20))), labelAngle=0)


def _short(value: float) -> float | None:
    """A number with the digits that count; None where it is not finite."""
    return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None
