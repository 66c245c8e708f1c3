"""Clips like those of a folder, as GIFs: what is in them stays what it is, and moves as theirs does.

The folder is made in code: squares that go across or down, a folder for each. It takes less than a minute, which is
enough for blots that move; with `epochs=60` they are squares.

python examples/09_made_clips.py [FOLDER]
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import recurra

SIZE, FRAMES = 16, 8  # pixels of a side, frames of a clip


def write_squares(folder: Path, count: int, seed: int) -> None:
    """Write GIFs of squares into folder/across and folder/down."""
    random = np.random.default_rng(seed)
    for name in ("across", "down"):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            frames = np.zeros((FRAMES, SIZE, SIZE, 3), np.uint8)
            color, start = random.integers(80, 256, 3), int(random.integers(5))
            for step, frame in enumerate(frames):
                top, left = (start, start + step) if name == "across" else (start + step, start)
                frame[top : top + 4, left : left + 4] = color
            first, *others = map(Image.fromarray, frames)
            first.save(folder / name / f"{number}.gif", save_all=True, append_images=others, duration=125, loop=0)


def main(out: str = "made_clips", count: int = 60, **settings: Any) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        write_squares(Path(scratch) / "squares", count, seed=1)
        small = {"frame_size": SIZE, "clip_length": FRAMES, "hidden_size": 16, "generator_channels": 8}
        gan = recurra.ClipGAN(**small | {"image_channels": 8, "video_channels": 8, "epochs": 8} | settings)
        gan.fit(Path(scratch) / "squares")

    gan.write_samples(gan.sample(4, label="down", length=2 * FRAMES, seed=1), Path(out) / "down")
    print(f"four clips that go down, twice as long as those learnt from: {out}/down")

    # The content of a clip and its motion are drawn apart, so that one thing may move as another does.
    same_motion = [gan.sample(1, content_seed=content, motion_seed=7)[0] for content in range(3)]
    gan.write_samples(np.stack(same_motion), Path(out) / "one-motion")
    print(f"three things with the motion of one: {out}/one-motion")


if __name__ == "__main__":
    main(*sys.argv[1:2])
