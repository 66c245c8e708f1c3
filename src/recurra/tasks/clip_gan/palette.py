"""How many colors a clip has: few where it was drawn, any number where it was filmed."""

from collections.abc import Sequence
from typing import Any

import numpy as np

_CLIPS = 64  # that are looked at
_MOST = 8  # colors of what moves, from which on they are no palette


def find(samples: Sequence[Any], colors: str = "auto") -> int:
    """Count the colors that a clip has besides one for the background.

    Args:
        samples: clips, (T, H, W, 3) uint8 each.
        colors: as the setting of this name.

    Returns:
        The count of that of some clips which has most, from 1 to 8; 0 for any color: "any", or "auto" where it is more.
    """
    if colors == "any":
        return 0
    most = 1
    for row in np.linspace(0, len(samples) - 1, min(_CLIPS, len(samples))).astype(int).tolist():
        pixels = np.asarray(samples[row]).reshape(-1, 3).astype(np.uint32)
        different = np.unique(pixels[:, 0] << 16 | pixels[:, 1] << 8 | pixels[:, 2])
        most = max(most, len(different) - 1)
    if most > _MOST:
        return _MOST if colors == "few" else 0
    return most
