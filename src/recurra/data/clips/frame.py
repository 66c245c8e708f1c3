"""One image of a video, and when it is shown."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Frame:
    """One image of a video.

    image: (H, W, 3) uint8, red, green and blue.
    time: when it is shown, in seconds from the first frame.
    """

    image: np.ndarray
    time: float
