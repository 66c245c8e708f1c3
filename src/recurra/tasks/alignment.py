"""Where a translator looked: weights of attention from symbols to words, as word pairs and as a picture."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recurra.data import atomic


def by_words(weights: np.ndarray, rows: Sequence[int], columns: Sequence[int]) -> np.ndarray:
    """Sum weights of symbols into weights of words.

    Args:
        weights: (T, S), a row a symbol that was written; rows and columns beyond those named belong to no word.
        rows, columns: which word each symbol belongs to, -1 for none, such as a space.

    Returns:
        For each word that was written the mean weight of each word of the source, over its symbols.
    """
    summed = np.zeros((max(rows, default=-1) + 1, max(columns, default=-1) + 1))
    counts = np.zeros((len(summed), 1))
    for row, own in zip(rows, weights, strict=False):
        if row >= 0:
            counts[row] += 1
            np.add.at(summed[row], [c for c in columns if c >= 0], [own[i] for i, c in enumerate(columns) if c >= 0])
    return summed / np.maximum(counts, 1)


def pairs(weights: np.ndarray) -> list[tuple[int, int]]:
    """For each word that was written the word of the source with the largest weight: (source, target), from 0."""
    return [(int(own.argmax()), row) for row, own in enumerate(weights)] if weights.size else []


def draw(weights: np.ndarray, source: Sequence[str], target: Sequence[str], path: Path) -> None:
    """Draw the weights (T, S) as an HTML file that needs no network: the source from left to right."""
    from plotly import graph_objects

    heat = graph_objects.Heatmap(
        z=weights,
        x=list(range(len(source))),
        y=list(range(len(target))),
        customdata=[[[word, said] for word in source] for said in target],
        colorscale="Blues",
        zmin=0,
        zmax=1,
        xgap=1,
        ygap=1,
        colorbar={"title": "weight"},
        hovertemplate="%{customdata[1]} from %{customdata[0]}: %{z:.2f}<extra></extra>",
    )
    figure = graph_objects.Figure(heat)
    figure.update_layout(
        template="plotly_white",
        title="Attention",
        width=max(420, 200 + 40 * len(source)),
        height=max(360, 180 + 40 * len(target)),
    )
    figure.update_xaxes(
        title_text="source", tickvals=list(range(len(source))), ticktext=list(source), tickangle=-45, constrain="domain"
    )
    figure.update_yaxes(
        title_text="translation", tickvals=list(range(len(target))), ticktext=list(target), autorange="reversed"
    )
    atomic.write_text(path, figure.to_html(include_plotlyjs=True, full_html=True))
