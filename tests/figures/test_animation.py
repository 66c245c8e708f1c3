import base64
import io

import numpy as np
from PIL import Image, ImageSequence

from recurra.figures.animation import animation


def frames_of(url):
    kind, _, content = url.partition(",")
    assert kind == "data:image/gif;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as image:
        return np.stack([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)])


def test_clips_stand_in_rows_and_move_together():
    clips = [
        np.full((3, 4, 6, 3), 10 * number, np.uint8) + np.uint8([[[[0]]], [[[3]]], [[[6]]]]) for number in range(5)
    ]
    frames = frames_of(animation(clips, 5, columns=3))
    assert frames.shape == (3, 2 * 4 + 2, 3 * 6 + 2 * 2, 3)
    for number, clip in enumerate(clips):
        top, left = 6 * (number // 3), 8 * (number % 3)
        np.testing.assert_array_equal(frames[:, top : top + 4, left : left + 6], clip)
    assert (frames[:, 6:, 16:] == 255).all()


def test_fewer_clips_than_a_row_has_leave_no_gap():
    assert frames_of(animation([np.zeros((2, 4, 4, 3), np.uint8) + np.uint8([[[[0]]], [[[9]]]])], 5)).shape == (
        2,
        4,
        4,
        3,
    )
