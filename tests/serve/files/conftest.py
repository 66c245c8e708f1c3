import wave

import av
import numpy as np
import pytest

from recurra import SequenceClassifier, VideoClassifier

RATE = 8000
FRAME_RATE = 10
SETTINGS = {"hidden_size": 8, "threads": 1}


def write_tone(file, frequency, seconds=0.3, rate=RATE):
    """A sine wave in a .wav of 16 bits."""
    samples = 0.5 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, rate, len(samples), "NONE", ""))
        sound.writeframes(np.round(32767 * samples).astype(np.int16).tobytes())
    return file


def moving(side, seed=0, count=12):
    """A square that moves to the left or to the right, (T, H, W, C)."""
    frames = np.full((count, 32, 32, 3), 20, np.uint8)
    top = np.random.default_rng(seed).integers(4, 20)
    for i in range(count):
        left = 2 * (i % 12) if side == "right" else 24 - 2 * (i % 12)
        frames[i, top : top + 8, left : left + 8] = 230
    return frames


def video_of(file, frames, codec="libvpx", pixels="yuv420p"):
    """A video of frames."""
    with av.open(str(file), "w") as container:
        stream = container.add_stream(codec, rate=FRAME_RATE)
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], pixels
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return file


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("serve-files")


@pytest.fixture(scope="session")
def tones_run(folder):
    """The folder of a small classifier of recordings."""
    recordings = folder / "recordings"
    recordings.mkdir()
    for i in range(8):
        write_tone(recordings / f"low_{i}.wav", 300 + 10 * i)
        write_tone(recordings / f"high_{i}.wav", 1500 + 40 * i)
    SequenceClassifier(**SETTINGS, epochs=3).fit(recordings, out=folder / "tones", progress=False)
    return folder / "tones"


@pytest.fixture(scope="session")
def moves_run(folder):
    """The folder of a small classifier of videos."""
    sides = ["left", "right"] * 4
    clips = [moving(side, seed) for seed, side in enumerate(sides)]
    sizes = {"channels": 2, "frame_size": 16, "frame_rate": FRAME_RATE}
    VideoClassifier(**SETTINGS, **sizes, epochs=2).fit(clips, sides, out=folder / "moves", progress=False)
    return folder / "moves"


@pytest.fixture(scope="session")
def tone(folder):
    """The file of a recording."""
    return write_tone(folder / "new.wav", 400)


@pytest.fixture(scope="session")
def clip(folder):
    """The file of a video."""
    return video_of(folder / "new.webm", moving("right", 99))


@pytest.fixture(scope="session")
def write_video():
    """`video_of`, for tests."""
    return video_of


@pytest.fixture
def files_client(serve, tones_run, moves_run, classifier_run):
    """A client of a server of "tones", "moves" and "rising"; decoding is bounded tightly."""
    bounds = {"max_file_seconds": 5, "max_frame_pixels": 100_000, "decoding_bytes": 100 << 20}
    with serve(tones_run, moves_run, classifier_run, **bounds) as client:
        yield client
