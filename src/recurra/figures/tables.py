"""Tables of shaded cells: which classes are taken for which, and where a translation was looked up."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import altair

_CELL = 34  # pixels of a cell
_DARK = 0.5  # from this share on the number of a cell is white


def confusion(
    table: Sequence[Sequence[int]], classes: Sequence[str], title: str = "Confusion"
) -> "altair.LayerChart | altair.FacetChart":
    """Draw which classes are taken for which.

    Args:
        table: counts, a row for each right class and a column for each answer.
        classes: their names.
        title: of the figure.

    Returns:
        The figure: shades are shares of a right class, numbers are counts.
    """
    cells = []
    for row, counts in enumerate(table):
        for column, count in enumerate(counts):
            share = count / max(1, sum(counts))
            cells.append({"row": row, "column": column, "shade": share, "text": str(count) if count else ""})
    return _table(cells, classes, classes, "right class", "answer", "share of the right class", title)


def attention(
    weights: np.ndarray, source: Sequence[str], target: Sequence[str], title: str = "Attention"
) -> "altair.LayerChart | altair.FacetChart":
    """Draw where each word of a translation was looked up.

    Args:
        weights: (T, S), from 0 to 1.
        source: S words, from left to right.
        target: T words, from the top down.
        title: of the figure.

    Returns:
        The figure: shades and numbers are weights, in hundredths; what is under a hundredth has no number.
    """
    cells = []
    for row in range(len(target)):
        for column in range(len(source)):
            weight = float(weights[row, column])
            hundredths = round(100 * weight)
            text = str(hundredths) if hundredths else ""
            cells.append({"row": row, "column": column, "shade": weight, "text": text})
    return _table(cells, target, source, "translation", "source", "weight", title)


def _table(
    cells: list[dict[str, Any]],
    rows: Sequence[str],
    columns: Sequence[str],
    row_title: str,
    column_title: str,
    shade_title: str,
    title: str,
) -> "altair.LayerChart | altair.FacetChart":
    """A table of shaded cells with a text in each; the names of rows and columns are values, looked up by number."""
    import altair

    for cell in cells:
        cell |= {"row name": rows[cell["row"]], "column name": columns[cell["column"]]}
    base = altair.Chart(altair.Data(values=cells)).encode(
        x=altair.X("column:O", title=column_title, axis=_axis("columns", -45)),
        y=altair.Y("row:O", title=row_title, axis=_axis("rows", 0)),
        tooltip=[
            altair.Tooltip("row name:N", title=row_title),
            altair.Tooltip("column name:N", title=column_title),
            altair.Tooltip("text:N", title="number"),
            altair.Tooltip("shade:Q", title=shade_title, format=".3f"),
        ],
    )
    shade = altair.Color("shade:Q", title=shade_title, scale=altair.Scale(domain=[0, 1], range=["white", "#1a1a1a"]))
    ink = altair.condition(f"datum.shade > {_DARK}", altair.value("white"), altair.value("black"))
    figure = altair.layer(
        base.mark_rect(stroke="#dddddd").encode(color=shade),
        base.mark_text(fontSize=11).encode(text="text:N", color=ink),
    )
    names = {"rows": list(rows), "columns": list(columns)}
    parameters = [altair.param(name=name, value=values) for name, values in names.items()]
    width, height = max(1, len(columns)) * _CELL, max(1, len(rows)) * _CELL
    return figure.add_params(*parameters).properties(width=width, height=height, title=title)


def _axis(names: str, angle: int) -> "altair.Axis":
    """An axis of numbers that are shown by their names in a parameter."""
    import altair

    return altair.Axis(labelExpr=f"{names}[datum.value]", labelAngle=angle, labelLimit=240, labelOverlap=False)
