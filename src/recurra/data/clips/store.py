"""The sampled frames of many clips, each decoded once, into a file of the cache that later trainings find again."""

import contextlib
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.clips import content, frame_file, frame_source
from recurra.data.clips.frame import Frame
from recurra.data.clips.frame_file import StoredFrames
from recurra.data.clips.image_size import FrameSize, height_and_width
from recurra.data.clips.sampling import require_rate, sample
from recurra.data.files import cache
from recurra.data.files.fingerprint import fingerprint
from recurra.errors import DataError

_MOST_THREADS = 16  # that decode where nobody says how many: each holds some frames of full size
_FORMAT = 1  # of what is kept; another number where frames are sampled or made otherwise


@dataclass(frozen=True)
class Sampling:
    """How videos become samples.

    frame_rate: frames a second that are taken. frame_size: of their images, height and width.
    source_rate: frames a second of what has no time stamps.
    """

    frame_rate: float
    frame_size: FrameSize
    source_rate: float

    def __post_init__(self) -> None:
        require_rate("frame_rate", self.frame_rate)
        require_rate("rates: video", self.source_rate)
        height_and_width(self.frame_size)


class VideoStore(Sequence[Any]):
    """The videos of clips as samples (T, H, W, 3) uint8, decoded once and mapped to memory when they are asked for.

    Each is a file in the cache, named after the content of its source and the sampling, so that it serves whoever asks
    for the same; one that was removed since is decoded again. Where the cache cannot be written, the files are
    temporary ones.
    """

    def __init__(self, sources: Sequence[Any], sampling: Sampling, threads: int = 0):
        """Begin; nothing is read before `prepare`.

        Args:
            sources: of each clip, as of `recurra.data.clips.frame_source`; None where it has no video.
            sampling: how they are sampled.
            threads: that decode; 0 takes as many as there are processors.
        """
        self.sources, self.sampling = sources, sampling
        self.size = height_and_width(sampling.frame_size)
        self.threads = threads or min(_cores(), _MOST_THREADS)
        self.checksums: list[str | None] = [None] * len(sources)
        self._folder = _writable_folder()
        self._stopped = threading.Event()

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, index: Any) -> Any:
        return None if self.sources[index] is None else self.stored(index).images

    def stored(self, index: int) -> StoredFrames:
        """The samples of a clip, which is decoded if nobody has done so.

        Raises:
            DataError: it cannot be read.
        """
        return self._open(index, 0)

    def prepare(self, skip_bad: bool = True) -> list[DataError | None]:
        """Decode all clips that have not been decoded, several at once.

        Args:
            skip_bad: whether to go on after a clip that cannot be read.

        Returns:
            Of each clip what is wrong with it, or None.

        Raises:
            DataError: a clip cannot be read, and bad ones are not to be skipped; the others are let be.
        """
        decoders = min(self.threads, len(self))
        of_each = max(1, self.threads // max(1, decoders))  # threads of one decoder

        def attempt(index: int) -> DataError | None:
            try:
                if self.sources[index] is not None:
                    self._open(index, of_each)
            except DataError as error:
                if not skip_bad:
                    raise
                return error
            return None

        errors = self._in_parallel(attempt, decoders)
        with contextlib.suppress(OSError):
            cache.trim(cache.size_limit(), keep={self._path(i) for i, known in enumerate(self.checksums) if known})
        return errors

    def _in_parallel(self, function: Callable[[int], Any], threads: int) -> list[Any]:
        """Call a function with the position of each clip; what is interrupted, or raises, ends all that goes on."""
        if threads <= 1:
            return [function(i) for i in range(len(self))]
        pool = ThreadPoolExecutor(threads)
        self._stopped.clear()
        try:
            calls = [pool.submit(function, i) for i in range(len(self))]
            done, _ = wait(calls, return_when=FIRST_EXCEPTION)
            for call in done:
                call.result()  # raises what the call has raised
            return [call.result() for call in calls]
        finally:
            self._stopped.set()
            pool.shutdown(cancel_futures=True)
            self._stopped.clear()

    def _open(self, index: int, threads: int) -> StoredFrames:
        if self.checksums[index] is None:
            self.checksums[index] = content.checksum(self.sources[index])
        source = self.sources[index]
        if isinstance(source, np.ndarray) and self._is_sampled(source):
            return StoredFrames(source, np.arange(len(source)))
        path = self._path(index)
        stored = frame_file.read(path)
        if stored is None:
            sampled = self._sampled(index, threads)
            frame_file.write(path, sampled, self.size)
            stored = frame_file.read(path)
        else:
            with contextlib.suppress(OSError):
                os.utime(path)  # used now
        if stored is None:
            raise DataError(f"{path}: expected the frames that were just written, found another file")
        return stored

    def _is_sampled(self, video: np.ndarray) -> bool:
        """Whether images in memory are of the rate and the size that is asked for."""
        form = (video.dtype, *video.shape[1:])
        return self.sampling.source_rate == self.sampling.frame_rate and form == (np.uint8, *self.size, 3)

    def _sampled(self, index: int, threads: int) -> Iterator[Frame]:
        frames = frame_source.frames(self.sources[index], self.sampling.source_rate, threads)
        for frame in sample(frames, self.sampling.frame_rate, self.sampling.frame_size):
            if self._stopped.is_set():  # else an hour of video would be read to its end
                raise DataError(f"{self.sources[index]}: expected to be read to its end, got an interruption")
            yield frame

    def key(self, index: int) -> str:
        """What the samples of a prepared clip hang on, as a hash: the content of its source, and the sampling."""
        sampling = self.sampling
        settings = [float(sampling.frame_rate), *self.size, float(sampling.source_rate)]
        return fingerprint(_FORMAT, self.checksums[index], settings)

    def _path(self, index: int) -> Path:
        return self._folder.path / f"{self.key(index)[:32]}.frames"


def _cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Folder:
    """A folder that can be written: that of the cache, or a temporary one, which lasts as long as this."""

    def __init__(self, path: Path, is_temporary: bool = False):
        self.path = path
        if is_temporary:
            weakref.finalize(self, shutil.rmtree, path, ignore_errors=True)


def _writable_folder() -> _Folder:
    folder = cache.frame_folder()
    try:
        if not cache.size_limit():
            raise OSError  # nothing is to be kept
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return _Folder(folder)
    except OSError:
        return _Folder(Path(tempfile.mkdtemp(prefix="recurra-frames-")), is_temporary=True)
