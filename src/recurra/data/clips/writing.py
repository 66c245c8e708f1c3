"""Clips written to files that our readers read again: GIF, mp4, PNG strips, folders of frames; whole or not at all."""

import io
import math
import os
import shutil
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np

from recurra.data.clips.packages import pillow, pyav
from recurra.data.clips.sampling import require_rate
from recurra.data.files import atomic
from recurra.data.files.folder import ending
from recurra.errors import DataError
from recurra.interruption import require_wanted

_FASTEST_GIF = 50.0  # frames a second; what is shown for less than two hundredths of a second is shown slower
_WIDEST_STRIP = 65_535  # pixels, so that every program opens it
_QUALITY = "12"  # x264's constant rate factor: differences that nobody sees


def write(path: Path, frames: np.ndarray, rate: float) -> None:
    """Write a clip, as the ending of the name says: .gif, .mp4, .png (a strip), or none (a folder of frames).

    Args:
        path: the file, which is replaced where it is there; or a folder, which must be empty or not there.
        frames: (T, H, W, 3) uint8, red, green and blue.
        rate: frames a second, which a strip and a folder do not hold.

    Raises:
        DataError: the ending is another, the kind of file cannot hold such frames, or it cannot be written.
    """
    kind = require_kind(path)
    require_rate("rate", rate)
    if frames.ndim != 4 or frames.shape[3] != 3 or frames.dtype != np.uint8 or not frames.size:
        raise DataError(f"{path}: expected frames (T, H, W, 3) uint8, got {frames.dtype} of shape {frames.shape}")
    if not kind:
        _write_folder(path, frames)
        return
    _REFUSALS[kind](path, frames, rate)
    with atomic.replacing(path) as aside:
        _WRITERS[kind](aside, frames, rate)


def encoded(frames: np.ndarray, rate: float, kind: str) -> bytes:
    """Give a clip as the bytes of a file.

    Args:
        frames, rate: as of `write`.
        kind: ".gif", ".mp4" or ".png".

    Raises:
        DataError: such a file cannot hold such frames.
    """
    _REFUSALS[kind](Path(f"clip{kind}"), frames, rate)
    file = io.BytesIO()
    _WRITERS[kind](file, frames, rate)
    return file.getvalue()


def require_kind(path: Path) -> str:
    """The ending of a name that a clip can be written under; "" is a folder.

    Raises:
        DataError: it is another.
    """
    kind = ending(path)
    if kind and kind not in _WRITERS:
        expected = f"{', '.join(_WRITERS)} or a folder"
        raise DataError(f"{path}: expected {expected}, got {path.suffix}")
    return kind


def write_all(folder: Path, clips: Sequence[np.ndarray], rate: float, kind: str) -> list[Path]:
    """Write clips into a folder, as 1.gif, 2.gif and so on; the folder is made where it is missing.

    Args:
        folder: where they go.
        clips: of each its frames, as of `write`.
        rate: frames a second.
        kind: ".gif", ".mp4", ".png", or "" for a folder of frames each.

    Returns:
        What was written.

    Raises:
        DataError: as of `write`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: expected a folder that can be written, got: {error.strerror}") from error
    digits = len(str(len(clips)))
    paths = [folder / f"{number:0{digits}d}{kind}" for number in range(1, len(clips) + 1)]
    for path, frames in zip(paths, clips, strict=True):
        write(path, frames, rate)
    return paths


def write_gif(file: Path | BinaryIO, frames: np.ndarray, rate: float) -> None:
    """Write an animation that begins again at its end; up to 256 colors a frame are kept as they are.

    Args:
        file: written to as it is; see `write` for a file that is whole or not there.
        frames: as of `write`.
        rate: frames a second, up to 50.
    """
    module = pillow()
    colors = module.Palette.ADAPTIVE
    images = []
    for frame in frames:
        require_wanted()
        images.append(module.fromarray(frame).convert("P", palette=colors, dither=module.Dither.NONE))
    begins = [math.floor(100 * i / rate + 1e-6) for i in range(len(frames) + 1)]  # in hundredths of a second, not late
    durations = [10 * int(length) for length in np.diff(begins)]  # milliseconds
    images[0].save(file, "GIF", save_all=True, append_images=images[1:], duration=durations, loop=0, disposal=1)


def _write_mp4(file: Path | BinaryIO, frames: np.ndarray, rate: float) -> None:
    """Write H.264 in the form that every browser and phone shows."""
    av = pyav()
    with av.open(str(file) if isinstance(file, Path) else file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(rate).limit_denominator(1001))
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": _QUALITY}
        for frame in frames:
            require_wanted()
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame))))
        container.mux(stream.encode())


def _write_strip(file: Path | BinaryIO, frames: np.ndarray, rate: float) -> None:
    pillow().fromarray(np.hstack(list(frames))).save(file, "PNG")


def _write_folder(folder: Path, frames: np.ndarray) -> None:
    """Write 1.png, 2.png and so on, into a folder that gets its name when all are in it."""
    module = pillow()
    digits = len(str(len(frames)))
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        if folder.exists():
            raise DataError(f"{folder}: expected a folder that is empty or not there, got one with other files")
        aside.mkdir()
        for number, frame in enumerate(frames, 1):
            module.fromarray(frame).save(aside / f"{number:0{digits}d}.png")
        aside.rename(folder)
    except OSError as error:
        raise DataError(f"{folder}: expected a folder that can be written, got: {error.strerror or error}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _refuse_for_gif(path: Path, frames: np.ndarray, rate: float) -> None:
    if rate > _FASTEST_GIF:
        raise DataError(f"{path}: expected at most {_FASTEST_GIF:g} frames a second in a GIF, got {rate:g}")


def _refuse_for_mp4(path: Path, frames: np.ndarray, rate: float) -> None:
    height, width = frames.shape[1:3]
    if height % 2 or width % 2:
        raise DataError(f"{path}: expected an even height and width in an mp4, got {height} x {width}")


def _refuse_for_strip(path: Path, frames: np.ndarray, rate: float) -> None:
    count, height, width = frames.shape[:3]
    if height != width:  # else nobody could tell where a frame ends
        raise DataError(f"{path}: expected square frames in a strip, got {height} x {width}")
    if count * width > _WIDEST_STRIP:
        raise DataError(f"{path}: expected at most {_WIDEST_STRIP // width:,} frames in a strip, got {count:,}")


_Refuse = Callable[[Path, np.ndarray, float], None]
_Write = Callable[[Path | BinaryIO, np.ndarray, float], None]
_WRITERS: dict[str, _Write] = {".gif": write_gif, ".mp4": _write_mp4, ".png": _write_strip}
_REFUSALS: dict[str, _Refuse] = {".gif": _refuse_for_gif, ".mp4": _refuse_for_mp4, ".png": _refuse_for_strip}
