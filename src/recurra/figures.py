"""Pictures: arrays become figures, for a notebook, a page or paper.

A figure is an Altair chart (Vega-Lite), which a notebook shows as it is. `save` writes it as a page that needs no
network, or as SVG or PNG, which need no browser. All can be read in black and white: curves differ in their strokes and
points, tables show their numbers.

What a person's data say (classes, words) only ever stands among a figure's values, never in its instructions.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from recurra.data.files import atomic
from recurra.data.files.cache import cache_folder
from recurra.errors import DataError, quote

if TYPE_CHECKING:
    import altair


FORMATS = (".html", ".svg", ".png")

_WIDTH = 620  # pixels of a figure of curves
_CELL = 34  # pixels of a cell of a table
_DARK = 0.5  # from this share on the number of a cell is white
_COLORS = ("#1f4e8c", "#c2410c", "#4d7c0f", "#6b21a8", "#475569")
_STROKES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [1, 3])  # dashes and gaps
_POINTS = ("circle", "square", "triangle-up", "diamond", "cross")
_SCALE_OF_PNG = 2  # pixels of the file for a pixel of the figure
_BINS = 15  # of confidence
_END = "\n// end\n"  # of the file that keeps the JavaScript

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="font-family: sans-serif; margin: 2em">
<div id="figure"></div>
<script type="text/javascript">{bundle}</script>
<script type="text/javascript">
const actions = {{export: true, source: false, compiled: false, editor: false}};
vegaEmbed("#figure", {figure}, {{mode: "vega-lite", actions}});
</script>
</body>
</html>
"""


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
        count = len(names)
        named = altair.Scale(domain=names, range=list(islice(cycle(_COLORS), count)))
        dashed = altair.Scale(domain=names, range=list(islice(cycle(_STROKES), count)))
        shaped = altair.Scale(domain=names, range=list(islice(cycle(_POINTS), count)))
        legend = altair.Legend(title=None, orient="top") if len(names) > 1 else None
        base = altair.Chart(altair.Data(values=values)).encode(
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
        rows.append(altair.layer(*layers).properties(width=_WIDTH, height=height))
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


def calibration(
    confidence: np.ndarray, correct: np.ndarray, bins: int = _BINS, title: str = "Calibration"
) -> "altair.LayerChart | altair.FacetChart":
    """Draw how often answers are right, by how sure they are (Guo et al., 2017, "On calibration of modern networks").

    Args:
        confidence: of each answer its probability, (N,).
        correct: which answers are right, (N,).
        bins: of equal width, from 0 to 1.
        title: of the figure.

    Returns:
        The figure: points on the dashed line are as often right as they say; their area is how many answers there are.
    """
    import altair

    numbers = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    values = []
    for number in np.unique(numbers):
        members = numbers == number
        confidence_here, correct_here = float(confidence[members].mean()), float(correct[members].mean())
        values.append({"confidence": confidence_here, "correct": correct_here, "answers": int(members.sum())})
    whole = altair.Scale(domain=[0, 1])
    line = altair.Chart(altair.Data(values=[{"confidence": 0, "correct": 0}, {"confidence": 1, "correct": 1}]))
    x = altair.X("confidence:Q", title="confidence", scale=whole)
    y = altair.Y("correct:Q", title="share of right answers", scale=whole)
    points = altair.Chart(altair.Data(values=values)).encode(
        x=x,
        y=y,
        tooltip=[altair.Tooltip(f"{name}:Q", format=".3g") for name in ("confidence", "correct", "answers")],
    )
    figure = altair.layer(
        line.mark_line(color="#888888", strokeDash=[6, 3]).encode(x=x, y=y),
        points.mark_line(color=_COLORS[0]),
        points.mark_circle(color=_COLORS[0], opacity=1).encode(size=altair.Size("answers:Q", title="answers")),
    )
    return figure.properties(width=360, height=360, title=title)


def save(figure: "altair.TopLevelMixin", path: Path) -> None:
    """Write a figure.

    Args:
        figure: of this module, or any chart of Altair.
        path: ends in .html (one file that needs no network), .svg or .png.

    Raises:
        DataError: it ends in something else, or cannot be written.
    """
    require_format(path)
    suffix = path.suffix.lower()
    with atomic.replacing(path) as aside:
        if suffix == ".html":
            aside.write_text(_page(figure), encoding="utf-8")
        elif suffix == ".svg":
            figure.save(str(aside), format="svg")
        else:
            figure.save(str(aside), format="png", scale_factor=_SCALE_OF_PNG)


def require_format(path: Path) -> None:
    """Refuse a name that no figure can be written to.

    Raises:
        DataError: names the endings that there are.
    """
    if path.suffix.lower() not in FORMATS:
        raise DataError(
            f"{path}: expected a picture's name, which ends in {' or '.join(FORMATS)}, got {quote(path.suffix)}"
        )


def _page(figure: "altair.TopLevelMixin") -> str:
    """A page that draws a figure, with all that it needs; "<" in the figure cannot end its script."""
    description = figure.to_dict()
    # https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
    text = json.dumps(description, ensure_ascii=False).replace("<", "\\u003c")
    title = description.get("title", "")
    return _PAGE.format(title=escape(title if isinstance(title, str) else "Figure"), bundle=_bundle(), figure=text)


@cache
def _bundle() -> str:
    """The JavaScript of Vega-Lite, 0.9 MB; to make it takes a second, so it is kept."""
    import vl_convert

    file = cache_folder() / f"vega-{version('vl-convert-python')}.js"
    with suppress(OSError, UnicodeDecodeError):
        text = file.read_text(encoding="utf-8")
        if text.endswith(_END):  # else it was cut
            return text
    bundle: str = vl_convert.javascript_bundle() + _END  # type: ignore[call-arg]  # its stub lacks the default
    with suppress(OSError, DataError):  # a cache that cannot be written costs time, no more
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_text(file, bundle)
    return bundle
