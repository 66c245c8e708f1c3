"""How clips are changed at random while they are learnt from, by the kind of each signal."""

import numpy as np

from recurra.tasks.video.config import VideoConfig
from recurra.tasks.video.signal import Signal


def augmented(
    clip: dict[str, np.ndarray | None], signals: dict[str, Signal], config: VideoConfig, generator: np.random.Generator
) -> dict[str, np.ndarray | None]:
    """Change a clip at random."""
    return clip
