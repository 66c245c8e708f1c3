"""One image of a video, and when it is shown."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Frame:
    """One image of a video.

    image: (H, W, 3) uint8, red, green and blue.
    time: when it is shown, in seconds from the first frame.
    source: which frame of the source it is, from 0: one that is shown for long is taken several times.
    """

    image: np.ndarray
    time: float
    source: int = 0


@dataclass(frozen=True)
class SourceFrame:
    """A frame as a source has it, whose image is made only if somebody asks for it.

    resized: makes the image, (height, width, 3) uint8, of a size; see `recurra.data.clips.image_size`.
    time: when it is shown, in seconds from the first frame.
    duration: for how long it is shown, in seconds, unless another follows.
    """

    resized: Callable[[tuple[int, int]], np.ndarray]
    time: float
    duration: float
