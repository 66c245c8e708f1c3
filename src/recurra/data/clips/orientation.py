"""How a camera was held: the matrix that a video file has beside its frames, applied to them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Orientation:
    """What is done to a frame before it is shown: rows and columns are exchanged, then either is turned around."""

    transposed: bool = False
    rows_reversed: bool = False
    columns_reversed: bool = False

    @classmethod
    def of_matrix(cls, matrix: np.ndarray) -> "Orientation":
        """Read a display matrix.

        Args:
            matrix: (9,) whole numbers, by rows: a point (x, y) of the frame is shown at (m0 x + m3 y, m1 x + m4 y).
                Angles between right ones are taken as the next of these.
        """
        x_of_x, y_of_x = int(matrix[0]), int(matrix[1])
        x_of_y, y_of_y = int(matrix[3]), int(matrix[4])
        if abs(x_of_y) + abs(y_of_x) > abs(x_of_x) + abs(y_of_y):
            return cls(True, rows_reversed=y_of_x < 0, columns_reversed=x_of_y < 0)
        return cls(False, rows_reversed=y_of_y < 0, columns_reversed=x_of_x < 0)

    def shown_size(self, height: int, width: int) -> tuple[int, int]:
        """The height and the width at which a frame of some size is shown; and the other way round."""
        return (width, height) if self.transposed else (height, width)

    def apply(self, image: np.ndarray) -> np.ndarray:
        """Turn an image, (H, W, C), into the one that is shown."""
        shown = image.swapaxes(0, 1) if self.transposed else image
        rows = slice(None, None, -1 if self.rows_reversed else 1)
        columns = slice(None, None, -1 if self.columns_reversed else 1)
        return shown[rows, columns]


UPRIGHT = Orientation()
