"""The frames of a clip, whatever it is kept in: a video, a folder of images, a strip, an array."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from recurra.data.clips import array_file, image_file, image_folder, signal_array, strip, video_file
from recurra.data.clips.frame import SourceFrame
from recurra.data.files.folder import ending

ENDINGS = (*video_file.ENDINGS, *image_file.ENDINGS, *array_file.ENDINGS)  # of the files that may be a clip


def frames(source: Path | np.ndarray, rate: float, threads: int = 0) -> Iterator[SourceFrame]:
    """Give the frames of a clip, one after the other.

    Args:
        source: a video file; a folder of images; an image that is a strip of frames; an .npy or .npz file with an array
            "video"; or the frames themselves, (T, H, W, 3) uint8.
        rate: frames a second of what has no time stamps.
        threads: to decode a video with; 0 takes as many as there are processors.

    Raises:
        DataError: it is something else, or broken; names it.
    """
    if isinstance(source, np.ndarray):
        return signal_array.frames(source, rate)
    if source.is_dir():
        return image_folder.frames(source, rate)
    if ending(source) in image_file.ENDINGS:
        return strip.frames(source, rate)
    if ending(source) in array_file.ENDINGS:
        return signal_array.frames(array_file.read(source, "video"), rate)
    return video_file.frames(source, threads)
