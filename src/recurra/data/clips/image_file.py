"""Images in files, as arrays of red, green and blue."""

from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.clips.packages import pillow
from recurra.data.files.regular_file import open_regular
from recurra.errors import DataError

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".ppm")
MOST_PIXELS = 1 << 27  # of one image; the strip of an hour is none


def read(path: Path) -> np.ndarray:
    """Read an image, (H, W, 3) uint8; the ending of its name may be that of another format.

    What is transparent is black. The orientation that a camera writes beside the pixels is applied.

    Raises:
        DataError: it is no image, a broken one, or has more than `MOST_PIXELS`.
    """
    module = pillow()
    from PIL import ImageOps

    file, _ = open_regular(path, "an image")
    with file:
        try:
            with module.open(file) as image:
                if image.width * image.height > MOST_PIXELS:
                    got = f"{image.width:,} x {image.height:,}"
                    raise DataError(f"{path}: expected an image of at most {MOST_PIXELS:,} pixels, got {got}")
                return _rgb(module, ImageOps.exif_transpose(image))
        except DataError:
            raise
        except Exception as error:
            raise _no_image(path, error) from None


def is_strip(path: Path) -> bool:
    """Whether an image is a strip: several frames, each as wide as it is high, side by side.

    Raises:
        DataError: it is no image.
    """
    width, height = _size(path)
    return width > height and not width % height


def _size(path: Path) -> tuple[int, int]:
    file, _ = open_regular(path, "an image")
    with file:
        try:
            with pillow().open(file) as image:
                width, height = image.size
                return width, height
        except Exception as error:
            raise _no_image(path, error) from None


def _no_image(path: Path, error: Exception) -> DataError:
    """What is said of a file that Pillow cannot read, whose errors are of every kind."""
    got = str(error).partition(" <")[0].partition(" '")[0] or type(error).__name__
    return DataError(f"{path}: expected an image, got: {got}")


def _rgb(module: Any, image: Any) -> np.ndarray:
    if image.mode.startswith("I;16") or image.mode == "I":
        return np.repeat((np.asarray(image) >> 8).astype(np.uint8)[:, :, None], 3, 2)  # 16 bits a pixel, gray
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        black = module.new("RGBA", rgba.size, (0, 0, 0, 255))
        image = module.alpha_composite(black, rgba)
    return np.array(image.convert("RGB"))
