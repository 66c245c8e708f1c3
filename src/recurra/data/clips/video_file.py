"""Videos in files and streams, decoded by PyAV (FFmpeg) frame by frame, so that an hour takes no more memory."""

from collections.abc import Generator, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from recurra.data.clips.decoded_image import ImageMaker
from recurra.data.clips.frame import SourceFrame
from recurra.data.clips.packages import pyav
from recurra.data.clips.time_stamps import LONGEST_GAP, TimeStamps
from recurra.data.files.regular_file import open_regular
from recurra.errors import DataError

ENDINGS = (
    *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".gif"),
    *(".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".flv", ".wmv", ".3gp", ".ogv"),
)
MOST_PIXELS = 1 << 26  # of a frame: 8,192 x 8,192
_USUAL_RATE = 25.0  # frames a second, where a file says nothing
_ASPECTS = (1 / 8, 8)  # of pixels; all else is a mistake

# A playlist would open other files, so that only what holds its frames itself is read.
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,mpeg,mpegvideo,mpegts,flv,asf,ogg,h264,hevc,m4v,ivf,nut"


def frames(path: Path, threads: int = 0) -> Iterator[SourceFrame]:
    """Decode the frames of a video file.

    Args:
        path: the file; the kind is seen from what is in it.
        threads: to decode with; 0 takes as many as there are processors.

    Yields:
        Frames. Times are those of the stamps in the file, see `TimeStamps`.

    Raises:
        DataError: it is no video, or one that is broken or cut; says how many frames it yielded.
    """
    file, _ = open_regular(path, "a video")
    file.close()
    yield from decode(f"file:{path}", str(path), threads)


def decode(
    source: Any,
    name: str,
    threads: int = 0,
    options: dict[str, str] | None = None,
    kind: str = "",
    most_pixels: int | None = None,
) -> Iterator[SourceFrame]:
    """Decode what PyAV opens.

    Args:
        source: an address, or a file object that is open for reading.
        name: what an error calls it.
        threads: as of `frames`; 1 keeps no frame back.
        options: of the format, as FFmpeg calls them.
        kind: the format; "" for what is seen from the content.
        most_pixels: that a frame may have; None takes `MOST_PIXELS`.

    Yields:
        `SourceFrame`s.

    Raises:
        DataError: as of `frames`.
    """
    av = pyav()
    yielded = 0
    try:
        whitelist = {} if kind else {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
        with av.open(source, format=kind or None, options={**whitelist, **(options or {})}) as container:
            stream = _video_stream(container, name, most_pixels or MOST_PIXELS)
            with closing(_decoded(container, stream, name, threads)) as decoded:
                for frame in decoded:
                    yield frame
                    yielded += 1
    except (av.error.FFmpegError, OSError, ValueError, EOFError, MemoryError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(_broken(name, yielded, _reason(error))) from None
    if not yielded:
        raise DataError(_broken(name, 0, "its end"))


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or "no memory is left"


def _broken(name: str, yielded: int, got: str) -> str:
    got = got[:1].lower() + got[1:]
    if not yielded:
        return f"{name}: expected a video, got no frame: {got}"
    frames = f"{yielded:,} frame{'s' if yielded > 1 else ''}"
    return f"{name}: expected a whole video, got {frames} and then: {got}"


def _video_stream(container: Any, name: str, most_pixels: int) -> Any:
    stream = container.streams.best("video")
    if stream is None:
        raise DataError(f"{name}: expected a video, got a file without one")
    context = stream.codec_context
    if context is None:
        raise DataError(f"{name}: expected a video, got one in a code that no decoder is known of")
    if context.width * context.height > most_pixels:
        got = f"{context.width:,} x {context.height:,}"
        raise DataError(f"{name}: expected frames of at most {most_pixels:,} pixels, got {got}")
    context.options = {"max_pixels": str(most_pixels)}  # for frames that are larger than was announced
    return stream


def _decoded(container: Any, stream: Any, name: str, threads: int) -> Generator[SourceFrame, None, None]:
    """The frames of an opened video."""
    stream.thread_type = "SLICE" if threads == 1 else "AUTO"
    stream.codec_context.thread_count = threads
    maker = ImageMaker(_pixel_aspect(stream))
    stamps = TimeStamps(1 / _rate(stream))
    tick = float(stream.time_base or 0)  # seconds in a unit of the stamps
    time = length = 0.0
    count = 0
    for frame in container.decode(stream):
        if frame.is_corrupt:
            if not count:
                continue  # what stands before the first frame that can be decoded
            raise DataError(_broken(name, count, "a damaged frame"))
        time = stamps.next(_seconds(frame.pts, tick), _seconds(frame.dts, tick))
        length = min(frame.duration * tick or stamps.period, LONGEST_GAP)
        count += 1
        yield SourceFrame(partial(maker.make, frame), time, length)
    _refuse_cut(container, stream, name, count, time + length)


def _seconds(stamp: int | None, tick: float) -> float | None:
    return None if stamp is None or not tick else stamp * tick


def _rate(stream: Any) -> float:
    rate = float(stream.average_rate or stream.guessed_rate or _USUAL_RATE)
    return rate if 0 < rate <= 1e6 else _USUAL_RATE


def _pixel_aspect(stream: Any) -> float:
    aspect = float(stream.sample_aspect_ratio or 1)
    return aspect if _ASPECTS[0] <= aspect <= _ASPECTS[1] else 1.0


def _refuse_cut(container: Any, stream: Any, name: str, count: int, end: float) -> None:
    """Refuse a video that ends long before the file says.

    Raises:
        DataError: it does.
    """
    announced = 0.0
    if stream.duration and stream.time_base:
        announced = float(stream.duration * stream.time_base)
    elif container.duration and len(container.streams) == 1:  # else it may be the length of the sound
        announced = container.duration / 1e6
    missing = announced - end
    if count and missing > max(0.25, 0.05 * announced, 3 * end / count):
        raise DataError(_broken(name, count, f"its end after {end:.2f} of {announced:.2f} seconds"))
