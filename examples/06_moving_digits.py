"""Watch digits move: which way, and which digit. No single frame tells the first, so the network has to remember.

The clips are made in code of the small handwritten digits inside scikit-learn; those of the test are other digits. It
takes about a minute.

python examples/06_moving_digits.py
"""

from typing import Any

import numpy as np
from sklearn.datasets import load_digits

import recurra

DIRECTIONS = {"right": (0, 1), "left": (0, -1), "down": (1, 0), "up": (-1, 0)}
SIZE, FRAMES = 28, 8  # pixels of a side, frames of a clip
LAST_TO_LEARN = 1200  # of the digits; those after it are for the test


def clips(count: int, seed: int, test: bool = False) -> tuple[list[np.ndarray], list[str]]:
    """Make clips of digits that move, and say which way.

    Returns:
        Clips, (FRAMES, SIZE, SIZE, 1) uint8 each, and their labels.
    """
    random = np.random.default_rng(seed)
    images = (load_digits().images * (255 / 16)).astype(np.uint8)  # (1797, 8, 8)
    images = images[LAST_TO_LEARN:] if test else images[:LAST_TO_LEARN]
    made, labels = [], []
    for _ in range(count):
        label = str(random.choice(list(DIRECTIONS)))
        digit = images[random.integers(len(images))].repeat(2, 0).repeat(2, 1)  # (16, 16)
        made.append(moving(digit, DIRECTIONS[label], random))
        labels.append(label)
    return made, labels


def moving(digit: np.ndarray, direction: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """A digit that goes one way, and comes in again on the other side; with noise."""
    frames = np.zeros((FRAMES, SIZE, SIZE, 1), np.uint8)
    start = random.integers(SIZE, size=2)
    speed = random.integers(1, 4)  # pixels a frame
    for step, frame in enumerate(frames):
        frame[: len(digit), : len(digit), 0] = digit
        shift = start + step * speed * np.array(direction)
        frame[:] = np.roll(frame, tuple(shift), (0, 1))
        noise = random.random((SIZE, SIZE)) < 0.01
        frame[noise] = 255
    return frames


def main(count: int = 1000, **settings: Any) -> None:
    quick = {"epochs": 8, "hidden_size": 64, "channels": 8, "frame_size": SIZE, "augment": False}
    classifier = recurra.VideoClassifier(**quick | settings)
    classifier.fit(*clips(count, seed=1))
    test, labels = clips(max(20, count // 4), seed=2, test=True)
    scores = classifier.evaluate(test, labels)
    print(f"which way a digit moves: {scores['accuracy']:.1%} right")
    for row in scores["by_share"]:
        print(f"    {row['seen']:4.0%} of a clip seen: {row['accuracy']:.1%} right, sure of {row['confidence']:.1%}")


if __name__ == "__main__":
    main()
