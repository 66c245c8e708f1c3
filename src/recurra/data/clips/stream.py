"""Frames as they come: of a video in a pipe, of raw images in a pipe, of a camera."""

import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from shutil import copyfileobj
from typing import Any, BinaryIO

import numpy as np

from recurra.data.clips.frame import SourceFrame
from recurra.data.clips.image_size import resize
from recurra.data.clips.sampling import require_rate
from recurra.data.clips.video_file import decode
from recurra.errors import DataError, require_count

_MOST_HEAD = 1 << 20  # bytes of a video's head that are looked at
_CAMERAS = {"linux": "v4l2", "darwin": "avfoundation", "win32": "dshow"}  # FFmpeg's names of what reads cameras


def video(file: BinaryIO, name: str = "standard input") -> Iterator[SourceFrame]:
    """Decode a video that comes through a pipe; a frame is given once the bytes that it needs have come.

    An MP4 whose index is behind its frames can only be read once it is whole; it is kept in a temporary file till then.
    The others are decoded as they come.

    Args:
        file: open for reading; need not be able to go back.
        name: what an error calls it.

    Raises:
        DataError: it is no video, or one that is broken; says how many frames it yielded.
    """
    head, index_comes_last = _head(file)
    stream = _Stream(head, file)
    if not index_comes_last:
        yield from decode(stream, name, threads=1)
        return
    with tempfile.TemporaryFile() as whole:
        copyfileobj(stream, whole)
        whole.seek(0)
        yield from decode(whole, name, threads=1)


def raw(file: BinaryIO, height: int, width: int, rate: float, name: str = "standard input") -> Iterator[SourceFrame]:
    """Give images that come through a pipe as bytes: row after row of pixels, each red, green and blue.

    Args:
        file: open for reading.
        height, width: of each image, in pixels.
        rate: frames a second.
        name: what an error calls it.

    Raises:
        DataError: the last image is not whole, or there is none.
    """
    require_count("height", height, most=1 << 14)
    require_count("width", width, most=1 << 14)
    require_rate("rate", rate)
    size = height * width * 3
    count = 0
    stream = _Stream(b"", file)
    while content := stream.read_whole(size):
        if len(content) < size:
            expected = f"{height} x {width} x 3 = {size:,} bytes"
            raise DataError(f"{name}: expected images of {expected}, got {count:,} of these and {len(content):,} bytes")
        image = np.frombuffer(content, np.uint8).reshape(height, width, 3)
        yield SourceFrame(partial(resize, image), count / rate, 1 / rate)
        count += 1
    if not count:
        raise DataError(f"{name}: expected images, got its end")


def camera(device: str, rate: float | None = None) -> Iterator[SourceFrame]:
    """Give the images of a camera, until nobody asks for more.

    Args:
        device: such as "/dev/video0"; what FFmpeg calls it on systems other than Linux.
        rate: frames a second that it is asked for; None leaves it to the camera.

    Raises:
        DataError: there is no such camera, or it stops.
    """
    kind = _CAMERAS.get(sys.platform)
    if kind is None:
        raise DataError(f"{device}: expected a system with cameras ({', '.join(_CAMERAS)}), got {sys.platform}")
    options = {} if rate is None else {"framerate": f"{rate:g}"}
    try:
        yield from decode(device, device, threads=1, options=options, kind=kind)
    except DataError as error:
        if "got no frame" in str(error):
            raise DataError(str(error).replace("expected a video, got no frame", "expected a camera, got")) from None
        raise


class _Stream:
    """What has been read of a stream, and the rest of it, of which as much is read as there is."""

    def __init__(self, head: bytes, file: BinaryIO):
        self._head = head
        self._read: Any = getattr(file, "read1", file.read)  # `read` of a buffered file waits until all has come

    def read(self, size: int = -1) -> bytes:
        if self._head:
            end = len(self._head) if size < 0 else size
            begin, self._head = self._head[:end], self._head[end:]
            return begin
        content: bytes = self._read(size)
        return content

    def read_whole(self, size: int) -> bytes:
        """Read so many bytes, less only at the end."""
        parts, missing = list[bytes](), size
        while missing and (part := self.read(missing)):
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)


def _head(file: BinaryIO) -> tuple[bytes, bool]:
    """Read the beginning of a video; give it, and whether it is an MP4 whose index stands behind its frames."""
    stream = _Stream(b"", file)
    head = stream.read_whole(8)
    if head[4:] != b"ftyp":
        return head, False
    begin = 0  # of a box: its length in 4 bytes, its kind in 4
    while True:
        kind, length = head[begin + 4 : begin + 8], int.from_bytes(head[begin : begin + 4], "big")
        if kind in (b"mdat", b"moov", b"moof", b"") or not 8 <= length <= _MOST_HEAD - begin:
            return head, kind == b"mdat"
        begin += length
        head += stream.read_whole(begin + 8 - len(head))
