"""A text whose symbols are coloured by numbers: which of them counted, or what a unit of a network does there."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from recurra.figures.text_lines import TextLines, text_lines

if TYPE_CHECKING:
    import altair

POSITIVE, NEGATIVE = "#1f4e8c", "#c2410c"
_DARK = 0.55  # from this share of the largest number on a symbol is white
_DIGITS = 3  # after the point, of numbers that are shares of the largest


def colored_text(
    symbols: Sequence[str],
    values: Mapping[str, Sequence[float]],
    title: str = "Text",
    choose: str = "coloured by",
    gap: int = 0,
    columns: int = 84,
) -> "altair.LayerChart | altair.FacetChart":
    """Draw a text whose symbols are shaded by numbers.

    Numbers above 0 are blue, those below 0 orange with a line under the symbol, so that a print in black and white
    tells them apart; the stronger the shade, the larger the number. Pointing at a symbol shows its number.

    Args:
        symbols: of the text, in order.
        values: by name a number for each symbol; of several the reader of a page chooses one, at first the first. Each
            is scaled by its largest.
        title: of the figure.
        choose: what stands beside the choice.
        gap: cells between symbols: 0 for characters, 1 for words.
        columns: cells of a line at most.

    Returns:
        The figure.
    """
    import altair

    lines = text_lines(symbols, columns, gap)
    base = altair.Chart(altair.Data(values=lines.cells)).transform_calculate(
        share="shares[chosen][datum.index]", value="datum.share * largest[chosen]"
    )
    tooltip = [altair.Tooltip("text:N", title="symbol"), altair.Tooltip("value:Q", format=".4g")]
    figure = altair.layer(*shaded_cells(base, lines, tooltip))
    return figure.add_params(*choices(values, choose)).properties(title=title, **lines.size)


def choices(values: Mapping[str, Sequence[float]], choose: str) -> list[Any]:
    """Parameters of a figure coloured by one of several lists of numbers.

    "chosen" is the number of the list, "shares" holds each list as shares of its largest, and "largest" these.
    """
    import altair

    table = [_shares(numbers) for numbers in values.values()]
    choice: dict[str, Any] = {}
    if len(values) > 1:
        labels = list(values)
        choice["bind"] = altair.binding_select(options=list(range(len(labels))), labels=labels, name=f"{choose} ")
    return [
        altair.param(name="chosen", value=0, **choice),
        altair.param(name="shares", value=[shares for shares, _ in table]),
        altair.param(name="largest", value=[largest for _, largest in table]),
    ]


def _shares(numbers: Sequence[float]) -> tuple[list[float], float]:
    """Numbers as shares of the largest, and that; what is not finite counts as 0."""
    finite = np.nan_to_num(np.asarray(numbers, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    largest = float(np.abs(finite).max(initial=0.0)) or 1.0
    return np.round(finite / largest, _DIGITS).tolist(), largest


def shaded_cells(base: "altair.Chart", lines: TextLines, tooltip: Sequence[Any]) -> list[Any]:
    """Layers of symbols in their cells, shaded by the field "share" of a chart's data, from -1 to 1."""
    import altair

    base = base.transform_calculate(strength="abs(datum.share)", middle="(datum.start + datum.end) / 2")
    cells = altair.Scale(domain=[0, max(1, lines.columns)], nice=False)
    x = altair.X("start:Q", axis=None, scale=cells)
    y = altair.Y("line:O", axis=None, scale=altair.Scale(paddingInner=0.12, paddingOuter=0.06))
    color = altair.condition("datum.share < 0", altair.value(NEGATIVE), altair.value(POSITIVE))
    ink = altair.condition(f"datum.strength > {_DARK}", altair.value("white"), altair.value("black"))
    opacity = altair.FillOpacity("strength:Q", scale=None, legend=None)
    placed = base.encode(x=x, x2="end:Q", y=y)
    shade = placed.mark_rect(stroke="#e5e7eb", strokeWidth=0.5)
    line = placed.transform_filter("datum.share < -0.02").mark_rule(color="black", strokeWidth=1.5, yOffset=9)
    text = base.mark_text(font="monospace", fontSize=12, baseline="middle")
    return [
        shade.encode(color=color, fillOpacity=opacity, tooltip=list(tooltip)),
        line,
        text.encode(x=altair.X("middle:Q", axis=None), y=y, text="text:N", color=ink),
    ]
