"""Networks beside each other: curves of numbers against numbers, a network each; and bars, a network each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recurra.figures import strokes

if TYPE_CHECKING:
    import altair

_WIDTH, _HEIGHT = 560, 300  # pixels
_BAR = 28  # pixels of a bar with what is around it
_MOST = 200  # points of a curve


@dataclass(frozen=True)
class Curve:
    """Numbers against numbers.

    Attributes:
        network: that it belongs to; what people named may be in it.
        x, y: as many numbers; a point that is not finite, or on a logarithmic axis not above 0, is left out.
    """

    network: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True)
class Axis:
    """What an axis measures, with its unit; and whether it is logarithmic."""

    title: str
    is_log: bool = False


def network_curves(
    curves: Sequence[Curve], x: Axis, y: Axis, title: str, chance: Sequence[tuple[float, float]] = ()
) -> "altair.LayerChart | altair.FacetChart":
    """Draw curves, those of a network alike in colour, stroke and points.

    Args:
        curves: several of a network are drawn apart, as of several seeds.
        x, y: the axes.
        title: of the figure.
        chance: points (x, y) of a grey line, the score of knowing nothing.

    Returns:
        The figure.
    """
    import altair

    names = list(dict.fromkeys(curve.network for curve in curves))
    color, dash, shape = strokes.scales(names)
    values = [row for number, curve in enumerate(curves) for row in _rows(curve, number, x.is_log, y.is_log)]
    legend = altair.Legend(title=None, orient="top", columns=6, symbolStrokeWidth=2, labelLimit=300)
    base = altair.Chart(altair.Data(values=values)).encode(
        x=altair.X("x:Q", title=x.title, scale=_scale(x, nice=False)),
        y=altair.Y("y:Q", title=y.title, scale=_scale(y, nice=True)),
        color=altair.Color("network:N", scale=color, legend=legend),
        detail="curve:N",
        tooltip=["network:N", altair.Tooltip("x:Q", title=x.title), altair.Tooltip("y:Q", title=y.title, format=".4g")],
    )
    line = base.mark_line().encode(strokeDash=altair.StrokeDash("network:N", scale=dash, legend=legend))
    few = [row for row in values if row["is_marked"]]
    points = base.properties(data=altair.Data(values=few)).mark_point(filled=True, size=45)
    layers = [line, points.encode(shape=altair.Shape("network:N", scale=shape, legend=legend))]
    if chance:
        layers.append(_chance_line(chance))
    return altair.layer(*layers).properties(width=_WIDTH, height=_HEIGHT, title=title)


def _rows(curve: Curve, number: int, x_is_log: bool, y_is_log: bool) -> list[dict[str, Any]]:
    """The points that can be drawn, thinned out; some of them with a mark, each curve's elsewhere."""
    points = [
        (float(x), float(y))
        for x, y in zip(curve.x, curve.y, strict=True)
        if np.isfinite(x) and np.isfinite(y) and not (x_is_log and x <= 0) and not (y_is_log and y <= 0)
    ]
    if len(points) > _MOST:
        positions = np.linspace(0, len(points) - 1, _MOST).astype(int)
        points = [points[position] for position in positions]
    every = max(1, len(points) // 8)
    return [
        {"network": curve.network, "curve": number, "x": x, "y": y, "is_marked": (i + number) % every == 0}
        for i, (x, y) in enumerate(points)
    ]


def _scale(axis: Axis, nice: bool) -> Any:
    """A scale that ends at the numbers there are or, if nice, at round ones."""
    import altair

    return altair.Scale(type="log", nice=nice) if axis.is_log else altair.Scale(zero=False, nice=nice)


def _chance_line(points: Sequence[tuple[float, float]]) -> Any:
    """A grey line, named at its end."""
    import altair

    base = altair.Chart(altair.Data(values=[{"x": x, "y": y} for x, y in points])).encode(x="x:Q", y="y:Q")
    name = altair.Chart(altair.Data(values=[{"x": points[-1][0], "y": points[-1][1], "text": "chance"}]))
    return altair.layer(
        base.mark_line(color="#888888", strokeDash=[1, 4], strokeWidth=3),
        name.mark_text(color="#555555", align="right", dy=-8).encode(x="x:Q", y="y:Q", text="text:N"),
    )


def network_bars(values: Sequence[tuple[str, float]], unit: str, title: str) -> "altair.LayerChart | altair.FacetChart":
    """Draw a bar a network, with its number beside it.

    Args:
        values: of each network its name and its number, in the order to be shown.
        unit: what the numbers measure.
        title: of the figure.

    Returns:
        The figure.
    """
    import altair

    rows = [{"network": name, "value": value, "text": f"{value:,.4g}"} for name, value in values]
    base = altair.Chart(altair.Data(values=rows)).encode(
        x=altair.X("value:Q", title=unit),
        y=altair.Y("network:N", title=None, sort=[name for name, _ in values], axis=altair.Axis(labelLimit=300)),
    )
    bars = base.mark_bar(color=strokes.COLORS[0])
    numbers = base.mark_text(align="left", dx=4).encode(text="text:N")
    return altair.layer(bars, numbers).properties(width=_WIDTH - 100, height=_BAR * max(1, len(rows)), title=title)
