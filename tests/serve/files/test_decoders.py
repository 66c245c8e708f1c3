"""Processes that decode, beside files that end them."""

import asyncio
import os
import signal
import wave
from dataclasses import replace

import pytest

from recurra.serve import ServeSettings
from recurra.serve.errors import ApiError
from recurra.serve.files.decoders import Decoders
from recurra.serve.files.order import Order

SOUND = Order(kind="sound", seconds=60, processor_seconds=30)
VIDEO = Order(kind="video", seconds=60, processor_seconds=30, frame_rate=10, frame_size=(8, 8), pixels=1 << 20)


@pytest.fixture
def decoding():
    """Run a test with decoders, in an event loop."""

    def run(test, **settings):
        async def begun():
            decoders = Decoders(ServeSettings(sessions="", **settings))
            try:
                return await test(decoders)
            finally:
                decoders.stop()

        return asyncio.run(begun())

    return run


@pytest.fixture
def endless():
    """A file whose end never comes: a pipe that stays open."""
    reading, writing = os.pipe()
    with open(reading, "rb", buffering=0) as file, open(writing, "wb"):
        yield file


async def sound_of(decoders, file):
    with file.open("rb") as opened:
        return await decoders.decode(SOUND, opened)


async def until_one_is_busy(decoders):
    while not decoders._busy:
        await asyncio.sleep(0)


def test_a_decoder_that_is_killed_disturbs_no_other(decoding, endless, tone):
    async def test(decoders):
        expected = await sound_of(decoders, tone)
        doomed = asyncio.ensure_future(decoders.decode(VIDEO, endless))
        await until_one_is_busy(decoders)
        [victim] = decoders._busy
        other = asyncio.ensure_future(sound_of(decoders, tone))
        os.kill(victim.pid, signal.SIGKILL)
        with pytest.raises(ApiError, match=r"got one that ended its decoder \(SIGKILL\)") as raised:
            await doomed
        assert raised.value.status == 400
        assert ((await other).samples == expected.samples).all()

    decoding(test)


def test_one_that_takes_too_long_is_ended(decoding, endless, tone):
    async def test(decoders):
        with pytest.raises(ApiError, match=r"file: expected one that is decoded within 0\.01 s"):
            await decoders.decode(VIDEO, endless)
        assert decoders.all == []

    decoding(test, decoding_seconds=0.01)


def test_one_whose_client_goes_is_ended(decoding, endless, tone):
    async def test(decoders):
        going = asyncio.ensure_future(decoders.decode(VIDEO, endless))
        await until_one_is_busy(decoders)
        [decoder] = decoders._busy
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going
        assert await asyncio.to_thread(decoder.end) == "SIGKILL"
        assert (await sound_of(decoders, tone)).samples.shape[1] == 40

    decoding(test, decoders=1)


def test_more_wait_up_to_a_bound(decoding, endless, tone):
    async def test(decoders):
        first = asyncio.ensure_future(decoders.decode(VIDEO, endless))
        await until_one_is_busy(decoders)
        second = asyncio.ensure_future(sound_of(decoders, tone))
        await asyncio.sleep(0)
        with pytest.raises(ApiError, match="too many files wait") as raised:
            await sound_of(decoders, tone)
        assert raised.value.status == 429
        first.cancel()
        assert (await second).sampling_rate == 8000

    decoding(test, decoders=1, max_waiting=0)


def test_one_that_takes_too_much_memory_is_refused(decoding, clip, tone):
    async def test(decoders):
        large = replace(VIDEO, frame_size=(2000, 2000))  # 144 MB in 12 frames
        with (
            clip.open("rb") as file,
            pytest.raises(ApiError, match="within 100 MiB of memory, got one that takes more"),
        ):
            await decoders.decode(large, file)
        assert (await sound_of(decoders, tone)).sampling_rate == 8000

    decoding(test, decoding_bytes=100 << 20)


def test_one_that_computes_too_long_is_ended(decoding, tmp_path):
    long = tmp_path / "long.wav"
    with wave.open(str(long), "wb") as sound:
        sound.setparams((1, 2, 2000, 0, "NONE", ""))  # at a low rate there are features for many samples
        sound.writeframes(bytes(20 << 20))

    async def test(decoders):
        with long.open("rb") as file, pytest.raises(ApiError, match="expected one that is decoded within 30 seconds"):
            await decoders.decode(replace(SOUND, seconds=10_000, processor_seconds=0), file)

    decoding(test)
