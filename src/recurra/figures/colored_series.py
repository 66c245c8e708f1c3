"""A series whose points are coloured by numbers, such as what a unit of a network does there."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from recurra.figures.colored_text import NEGATIVE, POSITIVE, choices

if TYPE_CHECKING:
    import altair

_WIDTH, _HEIGHT = 640, 110  # pixels of a feature


def colored_series(
    series: np.ndarray,
    features: Sequence[str],
    values: Mapping[str, Sequence[float]],
    title: str = "Series",
    choose: str = "coloured by",
) -> "altair.FacetChart":
    """Draw a series with a point at each step, filled by how large a number is there.

    Circles are above 0, triangles that point down below it; the larger, the larger and the darker.

    Args:
        series: (T, I); what is not finite is left out.
        features: I names.
        values: by name a number for each step; of several the reader of a page chooses one, at first the first.
        title: of the figure.
        choose: what stands beside the choice.

    Returns:
        The figure, a row a feature.
    """
    import altair

    base = altair.Chart(altair.Data(values=_points(series))).transform_calculate(
        share="shares[chosen][datum.index]",
        value="datum.share * largest[chosen]",
        strength="abs(datum.share)",
        name="features[datum.feature]",
    )
    x = altair.X("index:Q", title="step", scale=altair.Scale(nice=False))
    y = altair.Y("number:Q", title=None, scale=altair.Scale(zero=False))
    is_below = "datum.share < 0"
    dots = base.mark_point(filled=True, stroke="#475569", strokeWidth=0.5).encode(
        x=x,
        y=y,
        size=altair.Size("strength:Q", scale=altair.Scale(domain=[0, 1], range=[10, 130]), legend=None),
        color=altair.condition(is_below, altair.value(NEGATIVE), altair.value(POSITIVE)),
        shape=altair.condition(is_below, altair.value("triangle-down"), altair.value("circle")),
        opacity=altair.Opacity("strength:Q", scale=altair.Scale(domain=[0, 1], range=[0.25, 1]), legend=None),
        tooltip=[
            altair.Tooltip("index:Q", title="step"),
            altair.Tooltip("number:Q", title="number"),
            altair.Tooltip("value:Q", title="value", format=".4g"),
        ],
    )
    line = base.mark_line(color="#94a3b8", strokeWidth=1).encode(x=x, y=y)
    rows = altair.Row("feature:O", title=None, header=altair.Header(labelExpr="features[datum.value]"))
    figure = altair.layer(line, dots).properties(width=_WIDTH, height=_HEIGHT).facet(row=rows)
    parameters = [*choices(values, choose), altair.param(name="features", value=list(features))]
    figure = figure.add_params(*parameters).resolve_scale(y="independent").properties(title=title)
    return cast("altair.FacetChart", figure)


def _points(series: np.ndarray) -> list[dict[str, Any]]:
    """A point for each finite number of a series (T, I)."""
    points = list[dict[str, Any]]()
    for step, numbers in enumerate(series):
        for feature, number in enumerate(numbers):
            if np.isfinite(number):
                points.append({"index": step, "feature": feature, "number": float(f"{number:.5g}")})
    return points
