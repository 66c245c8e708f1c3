"""The processes that decode files: some, kept warm, each replaced when it dies."""

import asyncio
import tempfile
from typing import BinaryIO

from recurra.serve.errors import ApiError, busy
from recurra.serve.files.decoder import Decoded, Decoder, DecoderEnded, undecodable
from recurra.serve.files.order import Order
from recurra.serve.settings import ServeSettings


class Decoders:
    """Decodes files; a process for each that is decoded at once, begun when there is none that is free.

    Args:
        settings: of the server.
    """

    def __init__(self, settings: ServeSettings):
        self._settings = settings
        self._folder: tempfile.TemporaryDirectory[str] | None = None  # empty; in which the processes run
        self._room = asyncio.Semaphore(settings.decoders)
        self._idle: list[Decoder] = []
        self._busy: set[Decoder] = set()
        self._waiting = 0

    @property
    def all(self) -> list[Decoder]:
        """Those that there are."""
        return [*self._idle, *self._busy]

    async def decode(self, order: Order, file: BinaryIO) -> Decoded:
        """Decode a file, at its beginning; when cancelled, its decoder is ended.

        Raises:
            ApiError: 400, it cannot be decoded within the bounds; 429, too many files wait.
        """
        if self._waiting > self._settings.max_waiting:
            raise busy("too many files wait to be decoded; try again")
        self._waiting += 1
        try:
            await self._room.acquire()
        finally:
            self._waiting -= 1
        try:
            return await self._decode(self._free(), order, file)
        finally:
            self._room.release()

    def _free(self) -> Decoder:
        """A decoder that nobody uses."""
        while self._idle:
            decoder = self._idle.pop()
            if decoder.is_alive:
                return decoder
            decoder.stop()
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="recurra-decoders-")
        return Decoder(self._folder.name, self._settings.decoding_bytes)

    async def _decode(self, decoder: Decoder, order: Order, file: BinaryIO) -> Decoded:
        """Decode by a decoder, which is kept when it can go on."""
        seconds = self._settings.decoding_seconds
        self._busy.add(decoder)
        try:
            async with asyncio.timeout(seconds):
                return await decoder.decode(order, file)
        except TimeoutError:
            raise _slow(seconds) from None
        except DecoderEnded:
            end = await asyncio.to_thread(decoder.end)
            if end == "SIGXCPU":
                raise _slow(seconds) from None
            got = f"got one that ended its decoder ({end})"
            raise undecodable(f"file: expected one that can be decoded, {got}") from None
        finally:
            self._busy.discard(decoder)
            if decoder.is_free:
                self._idle.append(decoder)
            else:
                decoder.stop()

    def stop(self) -> None:
        """End all processes."""
        for decoder in self.all:
            decoder.stop()
        if self._folder is not None:
            self._folder.cleanup()


def _slow(seconds: float) -> ApiError:
    bound = f"{seconds:g} seconds"
    return undecodable(f"file: expected one that is decoded within {bound}, got one that takes longer")
