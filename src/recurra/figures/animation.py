"""Clips as a moving picture inside a page."""

import base64
import io
from collections.abc import Sequence

import numpy as np

from recurra.data.clips import writing

_GAP = 2  # pixels between clips
_LIGHT = 255  # of the gap


def animation(clips: Sequence[np.ndarray], rate: float, columns: int = 8) -> str:
    """Show clips side by side, all at once and again and again.

    Args:
        clips: at least one, (T, H, W, 3) uint8 each, all as long and as large.
        rate: frames a second.
        columns: clips in a row.

    Returns:
        A URL that holds a GIF.
    """
    width = min(columns, len(clips))
    rows = [_row(clips[start : start + width], width) for start in range(0, len(clips), width)]
    frames = np.concatenate(rows, 1)[:, :-_GAP, :-_GAP]  # without what stands behind the last ones
    file = io.BytesIO()
    writing.write_gif(file, np.ascontiguousarray(frames), rate)
    return "data:image/gif;base64," + base64.b64encode(file.getvalue()).decode()


def _row(clips: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """Clips side by side (T, H + gap, W', 3), with a gap behind and below each; what is missing is light."""
    steps, height, width = clips[0].shape[:3]
    row = np.full((steps, height + _GAP, columns * (width + _GAP), 3), _LIGHT, np.uint8)
    for number, clip in enumerate(clips):
        left = number * (width + _GAP)
        row[:, :height, left : left + width] = clip
    return row
