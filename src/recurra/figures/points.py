"""Points in a plane, of several groups, such as projections of many numbers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from recurra.figures import strokes

if TYPE_CHECKING:
    import altair

_SIZE = 380  # pixels
_DIGITS = 4  # of a coordinate, so that a page of thousands of points stays small


def points(groups: Mapping[str, np.ndarray], x: str, y: str, title: str = "") -> "altair.Chart":
    """Draw points, told apart by colour and shape.

    Args:
        groups: of each group, by name, its points, (N, 2).
        x, y: what the axes measure.
        title: of the figure.

    Returns:
        The figure. A point that is not finite is left out.
    """
    import altair

    values = list[dict[str, Any]]()
    for name, places in groups.items():
        finite = places[np.isfinite(places).all(1)]
        values += [{"group": name, "x": float(f"{a:.{_DIGITS}g}"), "y": float(f"{b:.{_DIGITS}g}")} for a, b in finite]
    colored, _, shaped = strokes.scales(list(groups))
    chart = altair.Chart(altair.Data(values=values)).mark_point(size=14, opacity=0.6)
    figure = chart.encode(
        x=altair.X("x:Q", title=x, scale=altair.Scale(zero=False)),
        y=altair.Y("y:Q", title=y, scale=altair.Scale(zero=False)),
        color=altair.Color("group:N", scale=colored, title=None),
        shape=altair.Shape("group:N", scale=shaped, title=None),
    ).properties(width=_SIZE, height=_SIZE)
    return cast("altair.Chart", figure.properties(title=title) if title else figure)
