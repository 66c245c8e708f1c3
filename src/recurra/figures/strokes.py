"""How curves differ: in colour, stroke and point, so that a picture can be read in black and white."""

from collections.abc import Sequence
from itertools import cycle, islice
from typing import Any

COLORS = ("#1f4e8c", "#c2410c", "#4d7c0f", "#6b21a8", "#475569")

_STROKES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [1, 3])  # dashes and gaps
_POINTS = ("circle", "square", "triangle-up", "diamond", "cross")


def scales(names: list[str]) -> tuple[Any, Any, Any]:
    """Altair's scales of colour, stroke and point that tell curves of these names apart."""
    return _scale(names, COLORS), _scale(names, _STROKES), _scale(names, _POINTS)


def _scale(names: list[str], kinds: Sequence[Any]) -> Any:
    import altair

    return altair.Scale(domain=names, range=list(islice(cycle(kinds), len(names))))
