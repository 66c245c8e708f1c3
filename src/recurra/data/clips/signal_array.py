"""Samples of a signal as arrays: held to the form that each signal has."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from recurra.data.clips.frame import SourceFrame
from recurra.data.clips.image_size import resize
from recurra.errors import DataError

SIGNALS = ("video", "depth", "skeleton", "inertial")
_FORMS = {
    "video": "(T, H, W, 3), (T, H, W, 1) or (T, H, W) uint8, or 0 to 1",
    "depth": "(T, H, W) or (T, H, W, 1) uint8",
    "skeleton": "(T, J, 2) or (T, J, 3) numbers",
    "inertial": "(T, F) numbers",
}


def as_signal(array: Any, signal: str, where: str) -> np.ndarray:
    """Bring samples to the form of a signal.

    Args:
        array: the samples; see `_FORMS`. A missing number is NaN, such as a joint that is not seen.
        signal: one of `SIGNALS`, or any other name, whose form is that of "inertial".
        where: what an error calls them.

    Returns:
        Video (T, H, W, 3) uint8, gray with three equal channels; depth (T, H, W, 1) uint8; others float32.

    Raises:
        DataError: they are of another form, of no step, or infinite.
    """
    samples = array if isinstance(array, np.ndarray) else np.asarray(array)
    if samples.size and samples.dtype.kind in "fiub":
        if signal in ("video", "depth") and samples.ndim in (3, 4):
            images = _images(samples, signal)
            if images is not None:
                return images
        numbers = 3 if signal == "skeleton" else 2
        is_form = samples.ndim == numbers and (signal != "skeleton" or samples.shape[2] in (2, 3))
        if signal not in ("video", "depth") and is_form:
            return _finite(samples, where)
    form = _FORMS.get(signal, _FORMS["inertial"])
    raise DataError(f"{where}: {signal}: expected {form}, got {samples.dtype} of shape {samples.shape}")


def _images(samples: np.ndarray, signal: str) -> np.ndarray | None:
    """Images with an axis of channels, or None where they are of another form."""
    channels = samples if samples.ndim == 4 else samples[..., None]
    if channels.shape[3] not in ((1,) if signal == "depth" else (1, 3)):
        return None
    if channels.dtype.kind == "f" and signal == "video" and channels.min() >= 0 and channels.max() <= 1:
        channels = np.round(channels * 255).astype(np.uint8)
    if channels.dtype != np.uint8:
        return None
    return np.repeat(channels, 3, 3) if signal == "video" and channels.shape[3] == 1 else channels


def _finite(samples: np.ndarray, where: str) -> np.ndarray:
    numbers = samples.astype(np.float32, copy=False)
    if np.isinf(numbers).any():
        raise DataError(f"{where}: expected finite numbers, or NaN where one is missing, got infinity")
    return numbers


def kind_of(shape: tuple[int, ...], dtype: np.dtype) -> str | None:
    """Which signal samples are that have no name, by their form; None where it is no signal's."""
    if len(shape) == 4 or (len(shape) == 3 and dtype == np.uint8):
        return "video"
    if len(shape) == 3 and shape[2] in (2, 3):
        return "skeleton"
    return "inertial" if len(shape) == 2 else None


def frames(video: np.ndarray, rate: float) -> Iterator[SourceFrame]:
    """Give the images of an array, (T, H, W, 3) uint8, as the frames of a video of a rate, frames a second."""
    for i, image in enumerate(video):
        yield SourceFrame(partial(resize, np.asarray(image)), i / rate, 1 / rate)
