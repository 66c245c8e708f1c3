"""Curves over any axis."""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, cast

from recurra.figures import strokes

if TYPE_CHECKING:
    import altair

_WIDTH, _HEIGHT = 520, 260  # pixels
_MOST_MARKED = 20  # points of a curve
_STAGGERED = 4  # curves, until the same points are marked again
_LOG_TICKS = 8  # of an axis: powers of ten, without what lies between

Kind = Literal["linear", "log"]


def lines(
    curves: Mapping[str, tuple[Iterable[float], Iterable[float]]],
    x: str,
    y: str,
    title: str = "",
    x_scale: Kind = "linear",
    y_scale: Kind = "linear",
) -> "altair.LayerChart":
    """Draw curves over one axis, told apart by colour, stroke and point.

    Args:
        curves: of each curve, by name, where its points are along the axis and how high, as many of both.
        x: what the axis along measures, and its unit.
        y: what the axis upward measures, and its unit.
        title: of the figure.
        x_scale: linear or logarithmic.
        y_scale: linear or logarithmic.

    Returns:
        The figure. A point that is not finite, or not above 0 on a logarithmic axis, is left out.

    Raises:
        ValueError: a curve has not as many numbers along the axis as upward.
    """
    import altair

    values = list[dict[str, Any]]()
    for number, (name, curve) in enumerate(curves.items()):
        values += _thinned(_points(name, *curve, x_scale, y_scale), number)
    colored, dashed, shaped = strokes.scales(list(curves))
    legend = altair.Legend(title=None) if len(curves) > 1 else None
    base = altair.Chart(altair.Data(values=values)).encode(
        x=altair.X("x:Q", title=x, axis=_axis(values, "x", x_scale), scale=altair.Scale(type=x_scale, nice=False)),
        y=altair.Y("y:Q", title=y, axis=_axis(values, "y", y_scale), scale=_upward(y_scale)),
        color=altair.Color("curve:N", scale=colored, legend=legend),
        tooltip=["curve:N", altair.Tooltip("x:Q", title=x), altair.Tooltip("y:Q", title=y, format=".4g")],
    )
    line = base.mark_line().encode(strokeDash=altair.StrokeDash("curve:N", scale=dashed, legend=legend))
    shape = altair.Shape("curve:N", scale=shaped, legend=legend)
    point = base.mark_point(filled=True, size=40, opacity=1).encode(shape=shape)
    if any("marked" in value for value in values):
        point = point.transform_filter("datum.marked !== false")
    figure = altair.layer(line, point).properties(width=_WIDTH, height=_HEIGHT)
    return cast("altair.LayerChart", figure.properties(title=title) if title else figure)


def _axis(points: list[dict[str, Any]], key: str, scale: Kind) -> "altair.Axis":
    """An axis with few lines where it is logarithmic, and without fractions where all is whole."""
    import altair

    if scale == "log":
        return altair.Axis(tickCount=_LOG_TICKS)
    is_whole = all(point[key].is_integer() for point in points)
    return altair.Axis(tickMinStep=1) if is_whole else altair.Axis()


def _upward(scale: Kind) -> "altair.Scale":
    import altair

    return altair.Scale(type=scale, zero=True) if scale == "linear" else altair.Scale(type=scale)


def _points(
    name: str, along: Iterable[float], upward: Iterable[float], x_scale: Kind, y_scale: Kind
) -> list[dict[str, Any]]:
    """The points of a curve that can be drawn."""
    along, upward = [float(value) for value in along], [float(value) for value in upward]
    if len(along) != len(upward):
        raise ValueError(f"{name}: expected as many numbers upward as along the axis, {len(along)}, got {len(upward)}")
    points = []
    for x, y in zip(along, upward, strict=True):
        if _fits(x, x_scale) and _fits(y, y_scale):
            points.append({"curve": name, "x": x, "y": y})
    return points


def _thinned(points: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """Points of a long curve of which only some are marked, others for each curve: curves that meet stay apart."""
    every = len(points) // _MOST_MARKED
    if every < 2:
        return points
    first = (number * every // _STAGGERED) % every
    return [point if n % every == first else point | {"marked": False} for n, point in enumerate(points)]


def _fits(value: float, scale: Kind) -> bool:
    return math.isfinite(value) and (scale == "linear" or value > 0)
