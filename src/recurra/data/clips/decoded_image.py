"""A decoded frame of a video made an image of a size, in one pass that makes no image of full size."""

from typing import Any

import numpy as np

from recurra.data.clips.image_size import resize
from recurra.data.clips.orientation import UPRIGHT, Orientation
from recurra.data.clips.packages import pyav

_MOST_SURPLUS = 8  # how many times as many pixels as are kept may be made before what is too much is cut off


class ImageMaker:
    """Makes images of the frames of one video; not for several threads at once.

    A frame is scaled, from the colors that it is coded in to red, green and blue, so that its shorter side fits; then
    the middle is cut out, and turned as the camera was held. Means are taken over areas, by libswscale.
    """

    def __init__(self, pixel_aspect: float = 1.0) -> None:
        """Begin with a video of which a pixel is shown so many times as wide as high."""
        self._pixel_aspect = pixel_aspect
        self._has_alpha = dict[str, bool]()  # by the format of pixels
        reformatter = pyav().video.reformatter
        self._scaler = reformatter.VideoReformatter()
        methods = reformatter.Interpolation
        exact = methods.ACCURATE_RND | methods.BITEXACT | methods.FULL_CHR_H_INT  # colors of each pixel, not of pairs
        self._averaging = methods.AREA | exact
        self._interpolating = methods.BILINEAR | exact

    def make(self, frame: Any, size: tuple[int, int]) -> np.ndarray:
        """Make an image, (height, width, 3) uint8, of a frame of PyAV.

        Args:
            frame: of the video.
            size: height and width.
        """
        orientation = orientation_of(frame)
        height, width = orientation.shown_size(*size)  # of the image before it is turned
        frame_height, frame_width = frame.height, frame.width * self._pixel_aspect
        scale = max(height / frame_height, width / frame_width)
        rows, columns = _around(height, frame_height * scale), _around(width, frame_width * scale)
        if rows * columns > _MOST_SURPLUS * height * width:
            whole = self._scaled(frame, frame.height, frame.width, False)
            return np.ascontiguousarray(orientation.apply(resize(whole, (height, width))))
        image = self._scaled(frame, rows, columns, scale <= 1)
        top, left = (rows - height) // 2, (columns - width) // 2
        return np.ascontiguousarray(orientation.apply(image[top : top + height, left : left + width]))

    def _scaled(self, frame: Any, rows: int, columns: int, smaller: bool) -> np.ndarray:
        """The whole frame, (rows, columns, 3) uint8; what is transparent is black."""
        pixel_format = frame.format
        has_alpha = self._has_alpha.get(pixel_format.name)
        if has_alpha is None:
            has_alpha = any(component.is_alpha for component in pixel_format.components)
            self._has_alpha[pixel_format.name] = has_alpha
        method = self._averaging if smaller else self._interpolating
        pixels = "rgba" if has_alpha else "rgb24"
        image: np.ndarray = self._scaler.reformat(
            frame, columns, rows, pixels, interpolation=method, threads=1
        ).to_ndarray()
        if not has_alpha:
            return image
        opacity = image[:, :, 3:].astype(np.uint16)
        return ((image[:, :, :3] * opacity + 127) // 255).astype(np.uint8)


def _around(middle: int, length: float) -> int:
    """The whole number nearest to a length, as much of which lies on one side of the middle as on the other.

    So a video that lies on its side or on its head is cut where an upright one is.
    """
    return middle + 2 * max(0, round((length - middle) / 2))


def orientation_of(frame: Any) -> Orientation:
    """How a frame of PyAV is turned before it is shown."""
    if not frame.rotation and not len(frame.side_data):
        return UPRIGHT
    matrix = frame.side_data.get(pyav().sidedata.sidedata.Type.DISPLAYMATRIX)
    return UPRIGHT if matrix is None else Orientation.of_matrix(np.frombuffer(bytes(matrix), np.int32))
