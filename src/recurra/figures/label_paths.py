"""Sequences of labels of one sentence, one below the other, with a frame where they differ from the first."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import altair

_CELL = 62  # pixels of a cell's width
_LINE = 28  # and of its height


def label_paths(
    words: Sequence[str], paths: Sequence[Sequence[str]], names: Sequence[str], title: str = "Likeliest labels"
) -> "altair.LayerChart | altair.FacetChart":
    """Draw sequences of labels.

    Args:
        words: of the sentence, T.
        paths: of each the T labels, the likeliest first.
        names: of the paths, such as their log-probabilities.
        title: of the figure.

    Returns:
        The figure: labels below the words; those that differ from the first path's are shaded and have a frame.
    """
    import altair

    cells = []
    for row, path in enumerate(paths):
        for column, label in enumerate(path):
            cells.append({"row": row, "column": column, "label": label, "differs": label != paths[0][column]})
    word_axis = altair.Axis(labelExpr="words[datum.value]", labelAngle=-45, labelOverlap=False, orient="top")
    row_axis = altair.Axis(labelExpr="names[datum.value]", labelOverlap=False)
    base = altair.Chart(altair.Data(values=cells)).encode(
        x=altair.X("column:O", title=None, axis=word_axis), y=altair.Y("row:O", title="log-probability", axis=row_axis)
    )
    differing = base.transform_filter("datum.differs")
    figure = altair.layer(
        base.mark_rect(fill="white", stroke="#e5e7eb", strokeWidth=1),
        differing.mark_rect(fill="#fde68a", stroke="black", strokeWidth=2),
        base.mark_text(fontSize=11).encode(text="label:N"),
    )
    parameters = [altair.param(name="words", value=list(words)), altair.param(name="names", value=list(names))]
    size = {"width": max(1, len(words)) * _CELL, "height": max(1, len(paths)) * _LINE}
    return figure.add_params(*parameters).properties(title=title, **size)
