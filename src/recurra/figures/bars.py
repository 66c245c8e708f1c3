"""Numbers of named things as bars, the largest first."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from recurra.figures.strokes import COLORS

if TYPE_CHECKING:
    import altair

_WIDTH, _ROW = 420, 22  # pixels


def bars(numbers: Mapping[str, float], x_title: str, title: str, most: int = 30) -> "altair.LayerChart":
    """Draw a bar for each number, with the number beside it.

    Args:
        numbers: by name, from 0; those that are not finite have no bar, but their text.
        x_title: what is measured, and its unit.
        title: of the figure.
        most: bars that are drawn, the largest.

    Returns:
        The figure.
    """
    import altair

    ordered = sorted(numbers.items(), key=lambda item: -item[1] if np.isfinite(item[1]) else -np.inf)[:most]
    values = list[dict[str, Any]]()
    for name, number in ordered:
        length = float(number) if np.isfinite(number) else 0.0
        values.append({"name": name, "length": length, "text": f"{number:.3g}"})
    base = altair.Chart(altair.Data(values=values)).encode(
        y=altair.Y("name:N", sort=None, title=None, axis=altair.Axis(labelLimit=300)),
        x=altair.X("length:Q", title=x_title),
        tooltip=[altair.Tooltip("name:N"), altair.Tooltip("text:N", title=x_title)],
    )
    text = base.mark_text(align="left", dx=4).encode(text="text:N")
    figure = altair.layer(base.mark_bar(color=COLORS[0]), text)
    return cast("altair.LayerChart", figure.properties(width=_WIDTH, height=_ROW * len(values), title=title))
