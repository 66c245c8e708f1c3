"""Images cut to the form and averaged to the size that a network reads."""

from typing import Any

import numpy as np

from recurra.data.clips.packages import pillow
from recurra.errors import DataError, quote

LARGEST = 4096  # pixels of a side

FrameSize = int | tuple[int, int]


def height_and_width(frame_size: Any) -> tuple[int, int]:
    """The height and the width of a size, which is both of them or the side of a square.

    Raises:
        DataError: it is something else.
    """
    sides = tuple(frame_size) if isinstance(frame_size, list | tuple) else (frame_size, frame_size)
    are_whole = all(isinstance(side, int) and not isinstance(side, bool) for side in sides)
    if len(sides) != 2 or not are_whole or not all(1 <= side <= LARGEST for side in sides):
        raise DataError(
            f"frame_size: expected a side, or height and width, of 1 to {LARGEST:,} pixels, got {quote(frame_size)}"
        )
    return sides[0], sides[1]


def resize(image: np.ndarray, frame_size: FrameSize) -> np.ndarray:
    """Cut the middle of an image to the form of a size, and average its areas to it.

    The middle is cut, rather than the whole squeezed, since a squeezed person moves otherwise; and rather than padded,
    since a border takes from a small image the pixels that the movement needs.

    Args:
        image: (H, W, 3) uint8.
        frame_size: as of `height_and_width`.

    Returns:
        (height, width, 3) uint8. Larger than the image it is interpolated.
    """
    size = height_and_width(frame_size)
    if image.shape[:2] == size:
        return image
    module = pillow()
    rows, columns = image.shape[:2]
    shown_rows = min(rows, columns * size[0] / size[1])
    shown_columns = min(columns, rows * size[1] / size[0])
    top, left = (rows - shown_rows) / 2, (columns - shown_columns) / 2
    box = (left, top, left + shown_columns, top + shown_rows)
    smaller = shown_rows >= size[0]
    method = module.Resampling.BOX if smaller else module.Resampling.BILINEAR
    resized = module.fromarray(image).resize((size[1], size[0]), method, box)
    return np.asarray(resized)
