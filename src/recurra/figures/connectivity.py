"""A text in which pointing at a symbol shades those that it depends on.

As in Madsen, 2019, "Visualizing memorization in RNNs" (distill.pub).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from recurra.figures.colored_text import shaded_cells
from recurra.figures.text_lines import text_lines

if TYPE_CHECKING:
    import altair

_SHADES = 100  # that a symbol can have, of each sign


def connectivity(
    symbols: Sequence[str],
    weights: np.ndarray,
    inputs: Sequence[int | None],
    outputs: Sequence[int | None],
    start: int = -1,
    title: str = "Connectivity",
    gap: int = 0,
    columns: int = 84,
) -> "altair.LayerChart | altair.FacetChart":
    """Draw a text whose symbols are shaded by how much the symbol under the pointer depends on them.

    Args:
        symbols: of the text, in order.
        weights: (R, S), how much each of R outputs depends on each of S inputs; below 0 where it speaks against it.
            Each row is shaded by its own largest.
        inputs: of each symbol the column that it is as an input; None where it is none.
        outputs: of each symbol the row that it is as an output; None where it is none.
        start: the row that is shown at first, and in a printed figure; -1 is the last.
        title: of the figure.
        gap: cells between symbols: 0 for characters, 1 for words.
        columns: cells of a line at most.

    Returns:
        The figure; the symbol that is explained has a frame.
    """
    import altair

    lines = text_lines(symbols, columns, gap)
    for cell in lines.cells:
        number = cell["index"]
        cell |= {"input": _or_none(inputs[number]), "output": _or_none(outputs[number])}
    finite = np.nan_to_num(np.asarray(weights, np.float64), nan=0.0, posinf=0.0, neginf=0.0)  # (R, S)
    largest = np.abs(finite).max(1, keepdims=True, initial=0.0)
    shades = np.round(_SHADES * finite / np.where(largest > 0, largest, 1)).astype(int)
    first = start % max(1, len(finite))
    pointed = altair.selection_point(
        name="pointed", fields=["output"], on="pointerover", value=[{"output": first}], clear=False, empty=False
    )
    row = f"(pointed.output && pointed.output[0] >= 0 ? pointed.output[0] : {first})"
    parameters = [altair.param(name="weights", value=_short(shades)), altair.param(name="row", expr=row)]
    base = altair.Chart(altair.Data(values=lines.cells)).transform_calculate(
        share=f"datum.input >= 0 ? (weights[row][datum.input] || 0) / {_SHADES} : 0", explained="datum.output == row"
    )
    x = altair.X("start:Q", axis=None)
    frame = base.mark_rect(filled=True, fillOpacity=0.001, color="white", strokeWidth=2).encode(
        x=x,
        x2="end:Q",
        y=altair.Y("line:O", axis=None),
        stroke=altair.condition("datum.explained", altair.value("black"), altair.value(None)),
    )
    figure = altair.layer(*shaded_cells(base, lines, []), frame.add_params(pointed))
    return figure.add_params(*parameters).properties(title=title, **lines.size)


def _or_none(number: int | None) -> int:
    """A number that an expression can compare; -1 for none."""
    return -1 if number is None else int(number)


def _short(shades: np.ndarray) -> list[list[int]]:
    """Rows without the zeros at their ends, which fill half of a table where nothing depends on what comes later."""
    rows = []
    for shade in shades:
        last = np.flatnonzero(shade)
        rows.append(shade[: last[-1] + 1].tolist() if len(last) else [])
    return rows
