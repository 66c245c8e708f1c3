"""How often the units of a gate are open and closed, each unit a point.

As in Karpathy, Johnson and Fei-Fei, 2015, "Visualizing and understanding recurrent networks".
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from recurra.figures import strokes

if TYPE_CHECKING:
    import altair

_SIZE = 320  # pixels
_POINTS = 3000  # at most: more hide each other, and make a page large


def gate_shares(
    gates: Mapping[str, tuple[np.ndarray, np.ndarray]], title: str = "Gates"
) -> "altair.LayerChart | altair.FacetChart":
    """Draw how often gates are open and closed.

    Args:
        gates: by name the shares of the time at which each unit is closed and open, (H,) each.
        title: of the figure.

    Returns:
        The figure: below the dashed line, which no point is above, a unit is in between for the rest of the time. Of
        very many units every so many are drawn.
    """
    import altair

    points = []
    stride = -(-sum(len(closed) for closed, _ in gates.values()) // _POINTS)
    for gate, (closed, opened) in gates.items():
        for unit in range(0, len(closed), stride):
            shares = {"closed": round(float(closed[unit]), 3), "open": round(float(opened[unit]), 3)}
            points.append({"gate": gate, "unit": unit} | shares)
    colors, _, shapes = strokes.scales(list(gates))
    whole = altair.Scale(domain=[0, 1])
    x = altair.X("closed:Q", title="share of the time below 0.1", scale=whole)
    y = altair.Y("open:Q", title="share of the time above 0.9", scale=whole)
    legend = altair.Legend(title=None)
    dots = (
        altair.Chart(altair.Data(values=points))
        .mark_point(size=28, opacity=0.8)
        .encode(
            x=x,
            y=y,
            color=altair.Color("gate:N", scale=colors, legend=legend),
            shape=altair.Shape("gate:N", scale=shapes, legend=legend),
            tooltip=["gate:N", "unit:Q", "closed:Q", "open:Q"],
        )
    )
    ends = altair.Chart(altair.Data(values=[{"closed": 0, "open": 1}, {"closed": 1, "open": 0}]))
    line = ends.mark_line(color="#888888", strokeDash=[6, 3]).encode(x=x, y=y)
    return altair.layer(line, dots).properties(width=_SIZE, height=_SIZE, title=title)
