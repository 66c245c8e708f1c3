"""Which classes are taken for which: the confusion table, as text and as a picture."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from recurra.data import atomic


def count(right: Iterable[Any], said: Iterable[Any], classes: Sequence[Any]) -> list[list[int]]:
    """Count which class is taken for which: a row for each right class and a column for each answer."""
    pairs = Counter(zip(right, said, strict=True))
    return [[pairs[row, column] for column in classes] for row in classes]


def as_text(table: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """Lay the table out in columns, a row for each right class and a column for each answer, called by its number."""
    width = max(len(str(n)) for n in [len(classes), *(n for row in table for n in row)]) + 2
    left = max(len(f"{name} ({number})") for number, name in enumerate(classes, 1))
    lines = ["".ljust(left) + "".join(str(number).rjust(width) for number in range(1, len(classes) + 1))]
    for number, (name, row) in enumerate(zip(classes, table, strict=True), 1):
        lines.append(f"{name} ({number})".ljust(left) + "".join((str(n) if n else ".").rjust(width) for n in row))
    return "\n".join(lines)


def draw(table: Sequence[Sequence[int]], classes: Sequence[str], path: Path) -> None:
    """Draw the table as an HTML file that needs no network: colours are shares of a right class, numbers counts."""
    from plotly import graph_objects

    shares = [[n / max(1, sum(row)) for n in row] for row in table]
    heat = graph_objects.Heatmap(
        z=shares,
        x=list(classes),
        y=list(classes),
        text=[[str(n) if n else "" for n in row] for row in table],
        texttemplate="%{text}",
        colorscale="Blues",
        zmin=0,
        zmax=1,
        xgap=1,
        ygap=1,
        colorbar={"title": "share", "tickformat": ".0%"},
        hovertemplate="%{y} taken for %{x}: %{text} (%{z:.1%})<extra></extra>",
    )
    figure = graph_objects.Figure(heat)
    size = max(420, 60 + 36 * len(classes))
    figure.update_layout(template="plotly_white", title="Confusion", width=size + 160, height=size + 80)
    figure.update_xaxes(title_text="answer", type="category", tickangle=-45, constrain="domain")
    figure.update_yaxes(title_text="right class", type="category", autorange="reversed", scaleanchor="x")
    atomic.write_text(path, figure.to_html(include_plotlyjs=True, full_html=True))
