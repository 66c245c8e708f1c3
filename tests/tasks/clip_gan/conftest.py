import numpy as np
import pytest

SMALL = {
    "frame_size": 16,
    "clip_length": 6,
    "hidden_size": 8,
    "generator_channels": 4,
    "image_channels": 4,
    "video_channels": 4,
    "compared_clips": 8,
    "batch_size": 4,
    "epochs": 1,
    "threads": 1,
}


@pytest.fixture(scope="session")
def small():
    """Settings of a small network."""
    return dict(SMALL)


@pytest.fixture(scope="session")
def squares():
    """Clips of a colored square that moves to the right, (24, 9, 16, 16, 3), or down: labels "right" and "down"."""
    rng = np.random.default_rng(0)
    clips = np.zeros((24, 9, 16, 16, 3), np.uint8)
    for number, clip in enumerate(clips):
        color, start = rng.integers(60, 256, 3), int(rng.integers(0, 4))
        for step, frame in enumerate(clip):
            along, across = start + step, 4 + start
            rows, columns = (across, along) if number % 2 == 0 else (along, across)
            frame[rows : rows + 4, columns : columns + 4] = color
    return clips, ["right", "down"] * 12
