import re
import signal
import socket
import subprocess
import sys
import threading
import time
import wave
from contextlib import contextmanager
from dataclasses import dataclass

import av
import httpx
import numpy as np
import pytest
import uvicorn
from fastapi.testclient import TestClient

from recurra import LanguageModel, SequenceClassifier, Tagger, Translator, VideoClassifier
from recurra.serve import ServeSettings, create_app
from recurra.serve.runs import Runs

TEXT = "the quick brown fox jumps over the lazy dog, and rests.\n" * 30
SETTINGS = {"hidden_size": 12, "num_layers": 1, "batch_size": 4, "sequence_length": 10, "epochs": 3, "threads": 1}


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """The folder of a small language model of characters."""
    folder = tmp_path_factory.mktemp("serve")
    text = folder / "text.txt"
    text.write_text(TEXT)
    LanguageModel(**SETTINGS, learning_rate=0.01).fit(text, out=folder / "fox", progress=False)
    return folder / "fox"


FAST = {"epochs": 2, "hidden_size": 12, "batch_size": 8, "threads": 1}
SENTENCES = [
    ["Ann", "met", "Bob", "in", "New", "York", "."],
    ["Rain", "fell", "."],
    ["The", "trains", "to", "Bern", "were", "late", "again", "on", "that", "long", "day", "."],
    ["Go", "!"],
]
LABELS = [
    ["B-PER", "O", "B-PER", "O", "B-LOC", "I-LOC", "O"],
    ["O", "O", "O"],
    ["O", "O", "O", "B-LOC", "O", "O", "O", "O", "O", "O", "O", "O"],
    ["O", "O"],
]
"""Sentences and the labels of their words, which the small tagger has learnt."""


@pytest.fixture(scope="session")
def tagger_run(tmp_path_factory):
    """The folder of a small tagger of entities."""
    folder = tmp_path_factory.mktemp("serve-tagger") / "names"
    Tagger(**FAST, character_embedding_size=8).fit(SENTENCES * 10, LABELS * 10, out=folder, progress=False)
    return folder


@pytest.fixture(scope="session")
def classifier_run(tmp_path_factory):
    """The folder of a small classifier of sequences of two numbers a step: whether the first ones rise."""
    folder = tmp_path_factory.mktemp("serve-classifier") / "rising"
    sequences = [[[i * t % 7 / 7, t / 9] for t in range(3 + i % 6)] for i in range(40)]
    labels = ["rising" if sequence[-1][0] > sequence[0][0] else "falling" for sequence in sequences]
    SequenceClassifier(**FAST).fit(sequences, labels, out=folder, progress=False)
    return folder


@pytest.fixture(scope="session")
def text_classifier_run(tmp_path_factory):
    """The folder of a small classifier of texts."""
    folder = tmp_path_factory.mktemp("serve-texts") / "topics"
    texts = ["rain and wind", "a goal was scored", "snow in the hills", "the team lost"] * 10
    SequenceClassifier(**FAST).fit(texts, ["weather", "sport"] * 20, out=folder, progress=False)
    return folder


@pytest.fixture(scope="session")
def translator_run(tmp_path_factory):
    """The folder of a small translator."""
    folder = tmp_path_factory.mktemp("serve-translator") / "german"
    sources = ["ein hund rennt", "die katze schläft", "ein kind lacht laut"] * 8
    targets = ["a dog runs", "the cat sleeps", "a child laughs loudly"] * 8
    translator = Translator(**FAST, source="de", target="en", beam_size=2, max_length=8)
    translator.fit((sources, targets), out=folder, progress=False)
    return folder


RATE = 8000
FRAME_RATE = 10
SMALL = {"hidden_size": 8, "threads": 1}


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
def files_folder(tmp_path_factory):
    """The folder of files of sound and video, and of runs that have learnt from such."""
    return tmp_path_factory.mktemp("serve-files")


@pytest.fixture(scope="session")
def tones_run(files_folder):
    """The folder of a small classifier of recordings."""
    recordings = files_folder / "recordings"
    recordings.mkdir()
    for i in range(8):
        write_tone(recordings / f"low_{i}.wav", 300 + 10 * i)
        write_tone(recordings / f"high_{i}.wav", 1500 + 40 * i)
    SequenceClassifier(**SMALL, epochs=3).fit(recordings, out=files_folder / "tones", progress=False)
    return files_folder / "tones"


@pytest.fixture(scope="session")
def moves_run(files_folder):
    """The folder of a small classifier of videos."""
    sides = ["left", "right"] * 4
    clips = [moving(side, seed) for seed, side in enumerate(sides)]
    sizes = {"channels": 2, "frame_size": 16, "frame_rate": FRAME_RATE}
    VideoClassifier(**SMALL, **sizes, epochs=2).fit(clips, sides, out=files_folder / "moves", progress=False)
    return files_folder / "moves"


@pytest.fixture(scope="session")
def tone(files_folder):
    """The file of a recording."""
    return write_tone(files_folder / "new.wav", 400)


@pytest.fixture(scope="session")
def clip(files_folder):
    """The file of a video."""
    return video_of(files_folder / "new.webm", moving("right", 99))


@pytest.fixture(scope="session")
def write_video():
    """`video_of`, for tests."""
    return video_of


@contextmanager
def serving(*folders, **settings):
    """A client of a server whose runs are loaded; it keeps sessions in memory unless told otherwise."""
    chosen = ServeSettings(**{"sessions": ""} | settings)
    runs = Runs(folders, chosen.precision)
    app = create_app(runs, chosen)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        until = time.monotonic() + 60
        while "loading" in runs.statuses().values() and time.monotonic() < until:
            time.sleep(0.01)
        yield client


@pytest.fixture
def serve():
    """`serving`, for tests."""
    return serving


@pytest.fixture
def jobs_client(tagger_run, classifier_run, text_classifier_run, translator_run, run):
    """A client of a server of several jobs: "names", "rising", "topics", "german" and "fox"."""
    with serving(tagger_run, classifier_run, text_classifier_run, translator_run, run) as client:
        yield client


@pytest.fixture
def client(run):
    """A client of a server of the small language model."""
    with serving(run) as client:
        yield client


@contextmanager
def listening(app):
    """The address of a server that listens on this machine."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with httpx.Client(base_url=address, timeout=60) as client:
                while client.get("/health").status_code != 200:
                    time.sleep(0.01)
            yield address
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def listen():
    """`listening`, for tests."""
    return listening


@pytest.fixture
def app(run):
    """The application over the small language model."""
    return create_app(Runs([run]))


@pytest.fixture
def engines(app):
    """The engines of the application."""
    return app.state.server.engines


@pytest.fixture
def address(app):
    """The address of a server of the application."""
    with listening(app) as address:
        yield address


@dataclass
class StartedServer:
    """A server in a process of its own."""

    process: subprocess.Popen
    address: str

    def client(self):
        """A client of it."""
        return httpx.Client(base_url=self.address, timeout=60)

    def tell_to_stop(self):
        """Send it SIGTERM."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """Let it end; give its exit code."""
        self.tell_to_stop()
        return self.process.wait(60)


@pytest.fixture
def start(run, tmp_path):
    """Start a server of the small language model by the command, and wait until it answers."""

    @contextmanager
    def starting(*flags):
        command = [sys.executable, "-m", "recurra", "serve", str(run), "--port", "0", *flags]
        log = tmp_path / "log.txt"
        with log.open("w") as file, subprocess.Popen(command, stderr=file) as process:
            try:
                while not (match := re.search(r"serving at (http://127\.0\.0\.1:\d+)\n", log.read_text())):
                    assert process.poll() is None, log.read_text()
                    time.sleep(0.02)
                server = StartedServer(process, match[1])
                with server.client() as client:
                    while client.get("/health").status_code != 200:
                        time.sleep(0.02)
                yield server
            finally:
                process.kill()

    return starting


@pytest.fixture
def serve_app():
    """Let an application begin, and wait until its runs are loaded."""

    @contextmanager
    def begun(app):
        with TestClient(app, base_url="http://127.0.0.1") as client:
            while client.get("/health").status_code != 200:
                time.sleep(0.01)
            yield client

    return begun
