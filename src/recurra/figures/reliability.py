"""How often answers are right, by how sure they are."""

from typing import TYPE_CHECKING

import numpy as np

from recurra.figures.strokes import COLORS

if TYPE_CHECKING:
    import altair

_BINS = 15  # of confidence


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
        points.mark_line(color=COLORS[0]),
        points.mark_circle(color=COLORS[0], opacity=1).encode(size=altair.Size("answers:Q", title="answers")),
    )
    return figure.properties(width=360, height=360, title=title)
