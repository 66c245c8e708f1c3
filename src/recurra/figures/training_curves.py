"""Curves over the steps of a training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from recurra.figures import strokes

if TYPE_CHECKING:
    import altair

_WIDTH = 620  # pixels


@dataclass(frozen=True)
class Panel:
    """Curves over one axis.

    Attributes:
        title: what the axis measures, and its unit.
        curves: of each curve the key in the records, and how it is called.
        best: key of the curve whose smallest value is marked.
    """

    title: str
    curves: Mapping[str, str]
    best: str | None = None


def curves(
    records: Sequence[Mapping[str, Any]], panels: Sequence[Panel], title: str = "Training"
) -> "altair.VConcatChart":
    """Draw numbers over the steps of a training, a panel over another.

    Args:
        records: one evaluation each, with "step" and the keys of the panels; one that lacks a key, or whose number is
            not finite, has no point there.
        panels: from the top down.
        title: of the figure.

    Returns:
        The figure.
    """
    import altair

    rows = list[Any]()
    for panel in panels:
        values = _points(records, panel)
        names = list(panel.curves.values())
        named, dashed, shaped = strokes.scales(names)
        legend = altair.Legend(title=None, orient="top") if len(names) > 1 else None
        base = altair.Chart().encode(
            x=altair.X("step:Q", title="step", scale=altair.Scale(nice=False)),
            y=altair.Y("value:Q", title=panel.title, scale=altair.Scale(zero=False)),
            color=altair.Color("curve:N", scale=named, legend=legend),
            tooltip=["curve:N", "step:Q", altair.Tooltip("value:Q", format=".4g")],
        )
        line = base.mark_line().encode(strokeDash=altair.StrokeDash("curve:N", scale=dashed, legend=legend))
        point = base.mark_point(filled=True, size=30).encode(shape=altair.Shape("curve:N", scale=shaped, legend=legend))
        layers = [line, point]
        if panel.best is not None:
            layers += _best(values, panel.curves[panel.best])
        height = 260 if not rows else 110
        # The layers share the data of the panel: Altair would copy those of each layer, again and again.
        rows.append(altair.layer(*layers, data=altair.Data(values=values)).properties(width=_WIDTH, height=height))
    figure = altair.vconcat(*rows).properties(title=title)
    return cast(
        "altair.VConcatChart",
        figure.resolve_scale(color="independent", shape="independent", strokeDash="independent"),
    )


def _points(records: Sequence[Mapping[str, Any]], panel: Panel) -> list[dict[str, Any]]:
    """A value for each record and curve that has one."""
    return [
        {"step": record["step"], "curve": name, "value": float(record[key])}
        for key, name in panel.curves.items()
        for record in records
        if key in record and np.isfinite(record[key])
    ]


def _best(values: Sequence[dict[str, Any]], curve: str) -> list[Any]:
    """A ring around the smallest value of a curve, and the number beside it."""
    import altair

    candidates = [point for point in values if point["curve"] == curve]
    if not candidates:
        return []
    best = min(candidates, key=lambda point: point["value"])
    base = altair.Chart(altair.Data(values=[best | {"text": f"best {best['value']:.4g}"}])).encode(
        x="step:Q", y="value:Q"
    )
    ring = base.mark_point(size=140, color="black", filled=False)
    return [ring, base.mark_text(dy=-14, color="black").encode(text="text:N")]
