"""A process that decodes files, as the server sees it."""

import asyncio
import json
import logging
import math
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from recurra.serve.errors import ApiError
from recurra.serve.files.order import MEBIBYTE, Order

log = logging.getLogger(__name__)

_MODULE = "recurra.serve.files.decoder_process"
_VARIABLES = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_LONGEST_HEADER = 1 << 24  # bytes
_FIELDS = ("sampling_rate", "lengths", "names")  # in a header, beside the form of what follows
_TO_END = 5.0  # seconds
_TYPES = ("float32", "float64", "uint8")


@dataclass(frozen=True)
class Decoded:
    """What a file holds: features (T, 40) of a sound, with its sampling rate in Hz; frames (T, H, W, 3); or the numbers
    of several series, (T, I), with the length of each and what it is called.
    """

    samples: np.ndarray
    sampling_rate: int | None = None
    lengths: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


class Decoder:
    """A process that decodes one file at a time.

    Args:
        folder: an empty one, in which it runs.
        memory: bytes that decoding a file may take; what comes of it may have as many.
    """

    def __init__(self, folder: str, memory: int):
        self.is_free = True
        """Whether it waits for a file; what was interrupted, or has failed, will never do so again."""
        self._memory = memory
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", _MODULE, str(theirs.fileno()), str(memory)],
                pass_fds=[theirs.fileno()],
                cwd=folder,
                env={name: os.environ[name] for name in _VARIABLES if name in os.environ} | _ONE_THREAD,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the server, which ends it
            )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    async def decode(self, order: Order, file: BinaryIO) -> Decoded:
        """Decode a file, which is read from where it stands.

        Raises:
            ApiError: 400, the file cannot be decoded.
            DecoderEnded: the process has ended.
        """
        self.is_free = False
        try:
            socket.send_fds(self._socket, [order.to_bytes()], [file.fileno()])
            size = int.from_bytes(await self._receive(8), "little")
            header = json.loads(await self._receive(_bounded(size, _LONGEST_HEADER)))
            if "shape" not in header:
                raise self._failure(header)
            samples = self._room(header)
            await self._receive_into(samples.data.cast("B"))
        except (OSError, EOFError):
            raise DecoderEnded from None
        self.is_free = True
        return Decoded(samples, **{name: header[name] for name in _FIELDS if name in header})

    async def _receive(self, size: int) -> bytes:
        content = bytearray(size)
        await self._receive_into(memoryview(content))
        return bytes(content)

    async def _receive_into(self, room: memoryview) -> None:
        loop = asyncio.get_running_loop()
        while len(room):
            count = await loop.sock_recv_into(self._socket, room)
            if not count:
                raise EOFError
            room = room[count:]

    def _failure(self, header: dict[str, Any]) -> ApiError:
        if "error" in header:
            self.is_free = True
            return undecodable(str(header["error"]))
        if "fault" in header:
            log.error("a decoder failed: %s", header["fault"])
            return undecodable("file: expected one that can be decoded, got one at which its decoder fails")
        return self._lacks_memory()

    def _lacks_memory(self) -> ApiError:
        bound = f"{self._memory // MEBIBYTE:,} MiB of memory"
        return undecodable(f"file: expected one that is decoded within {bound}, got one that takes more")

    def _room(self, header: dict[str, Any]) -> np.ndarray:
        """An array for what is announced, which is believed only as far as it is what was asked for."""
        shape, dtype = [int(size) for size in header["shape"]], header["dtype"]
        if dtype not in _TYPES or min(shape) < 1:
            raise EOFError
        if math.prod(shape) * np.dtype(dtype).itemsize > self._memory:
            raise self._lacks_memory()
        return np.empty(shape, dtype)

    def end(self) -> str:
        """Wait for the process, whose socket is closed; give how it ended: the name of a signal, or its exit code."""
        try:
            code = self._process.wait(_TO_END)
        except subprocess.TimeoutExpired:
            return "no answer that is understood"
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"

    def stop(self) -> None:
        """End the process; this does not wait until its memory is given back."""
        self._process.kill()
        self._socket.close()
        threading.Thread(target=self._process.wait, name="decoder's end", daemon=True).start()


class DecoderEnded(Exception):
    """A decoder has ended before it has answered."""


def undecodable(message: str) -> ApiError:
    """What a client is told whose file cannot be decoded."""
    return ApiError(400, message, "file", "undecodable_file")


def _bounded(size: int, most: int) -> int:
    if size > most:
        raise EOFError
    return size
