import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings

settings.register_profile("any machine", deadline=None)  # a busy machine is no failure
settings.load_profile("any machine")

# A shell starts what runs in the background with Ctrl-C ignored, and nohup with a closed terminal; so would all that
# the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

ON_GPU = os.environ.get("RECURRA_TEST_GPU") == "1"
if not ON_GPU:  # the tests are about the processor, but for those marked needs_gpu
    os.environ["CUDA_VISIBLE_DEVICES"] = ""

DATA = os.environ.get("RECURRA_DATA")  # as it was before any test changed it


def pytest_configure(config):
    """Name the mark of tests that run on a GPU."""
    config.addinivalue_line("markers", "needs_gpu: runs with RECURRA_TEST_GPU=1 on a machine with a GPU")


def pytest_collection_modifyitems(items):
    """Skip tests that need a GPU where there is none, or none is asked for."""
    if ON_GPU and torch.cuda.is_available():
        return
    reason = "no GPU" if ON_GPU else "RECURRA_TEST_GPU is not 1"
    for item in items:
        if item.get_closest_marker("needs_gpu"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory):
    """Keep the tests out of the user's cache and data; a session's, so that fixtures of any scope come after it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(autouse=True)
def _seed():
    """Let the random numbers of a test be the same whatever ran before it."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def series_run(tmp_path_factory):
    """The folder of a small generator of series; its data lie beside it."""
    from recurra import TimeSeriesGAN

    folder = tmp_path_factory.mktemp("series")
    random = np.random.default_rng(0)
    rows = ["id,day,shop,load,state"]
    for number in range(24):
        loads = 10 + 3 * np.sin(np.arange(8) + number) + random.normal(0, 0.3, 8)
        days = [f"2024-01-{day + 1:02d},{'ab'[number % 2]},{load:.2f}" for day, load in enumerate(loads)]
        rows += [f"{number},{day},{'low' if position < 4 else 'high'}" for position, day in enumerate(days)]
    (folder / "visits.csv").write_text("\n".join(rows) + "\n")
    small = {"hidden_size": 4, "critic_size": 8, "noise_size": 4, "batch_size": 8, "threads": 1, "warmup_steps": 0}
    few = {"epochs": 3, "pretraining_epochs": 2, "epoch_steps": 3}
    TimeSeriesGAN(**small | few).fit(folder / "visits.csv", out=folder / "visits", progress=False)
    return folder / "visits"


@pytest.fixture(scope="session")
def lines_run(tmp_path_factory):
    """The folder of a small generator of lines of two classes; its data lie beside it."""
    from recurra import TextGAN

    folder = tmp_path_factory.mktemp("lines")
    texts = ["man\ta man rides a bike .", "dog\ta dog runs on grass .", "man\ttwo men sit .", "dog\ta dog sleeps ."]
    (folder / "lines.tsv").write_text("\n".join(texts * 12) + "\n")
    small = {"hidden_size": 16, "max_length": 10, "discriminator_size": 8, "batch_size": 8, "threads": 1}
    few = {"epochs": 4, "likelihood_epochs": 3}
    TextGAN(**small | few).fit(folder / "lines.tsv", out=folder / "captions", progress=False)
    return folder / "captions"


@pytest.fixture(scope="session")
def clips_run(tmp_path_factory):
    """The folder of a small generator of clips of squares that move right or down; its data lie beside it."""
    from recurra import ClipGAN

    folder = tmp_path_factory.mktemp("clips")
    random = np.random.default_rng(0)
    clips = np.zeros((24, 9, 16, 16, 3), np.uint8)
    for number, clip in enumerate(clips):
        color, start = random.integers(60, 256, 3), int(random.integers(0, 4))
        for step, frame in enumerate(clip):
            places = (start + step, 4 + start)
            row, column = places if number % 2 else places[::-1]
            frame[row : row + 4, column : column + 4] = color
    np.savez(folder / "clips.npz", video=clips, y=np.array(["right", "down"] * 12))
    small = {"hidden_size": 8, "generator_channels": 4, "image_channels": 4, "video_channels": 4, "threads": 1}
    few = {"frame_size": 16, "clip_length": 6, "compared_clips": 8, "batch_size": 4, "epochs": 1}
    ClipGAN(**small | few).fit(folder / "clips.npz", out=folder / "squares", progress=False)
    return folder / "squares"


BEGIN = """
import atexit, os, sys
os.chdir({folder!r})
os.environ.clear()
os.environ.update({environment!r})
for number, file in enumerate({files!r}, start=1):
    os.dup2(os.open(file, os.O_WRONLY | os.O_APPEND), number)
sys.argv = {arguments!r}
try:
    exec({code!r}, {{"__name__": "__main__"}})
finally:
    atexit._run_exitfuncs()
"""
"""What a forked process does."""


class ForkedPrograms:
    """Runs programs in processes that have PyTorch and Altair loaded, which takes three seconds of a processor."""

    COMMAND = "import runpy; runpy.run_module('recurra', run_name='__main__', alter_sys=True)"

    def __init__(self) -> None:
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["torch", "altair"])

    def start(self, code, arguments=(), folder=".", environment=None, files=(os.devnull, os.devnull)):
        """Start a program.

        Args:
            code: of the program.
            arguments: of it.
            folder: to run in.
            environment: variables; by default those of the tests.
            files: that take what it writes to standard output and standard error.
        """
        environment = dict(os.environ if environment is None else environment)
        where = {"folder": str(folder), "files": [str(file) for file in files]}
        begin = BEGIN.format(code=code, arguments=["", *map(str, arguments)], environment=environment, **where)
        process = self.context.Process(target=exec, args=(begin, {"__name__": "__main__"}))
        process.start()
        return process

    def start_command(self, *arguments, **where):
        """Start the command `recurra`; arguments as of `start`."""
        return self.start(self.COMMAND, arguments, **where)

    def run(self, code, *arguments, timeout=600, **where) -> subprocess.CompletedProcess:
        """Run a program to its end; arguments as of `start`."""
        with tempfile.NamedTemporaryFile("r") as out, tempfile.NamedTemporaryFile("r") as err:
            process = self.start(code, arguments, files=(out.name, err.name), **where)
            process.join(timeout)
            process.kill()
            process.join()
            return subprocess.CompletedProcess([code, *arguments], process.exitcode, out.read(), err.read())

    def run_file(self, file, *arguments, **where) -> subprocess.CompletedProcess:
        """Run the program in a file to its end."""
        return self.run(f"import runpy; runpy.run_path({str(file)!r}, run_name='__main__')", *arguments, **where)


@pytest.fixture(scope="session")
def forked() -> ForkedPrograms:
    """What runs programs in processes of their own."""
    return ForkedPrograms()


EXPLAINER = """
import json, os, sys, time
order = json.loads(sys.stdin.readline())
def tell(**message):
    print(json.dumps(message), flush=True)
def write():
    for part in order["parts"]:
        tell(part=part)
    tell(part=None)
    open(order["html_file"], "w").write("<p>page of " + order["name"])
    numbers = {part: {"verdict": "good"} for part in order["parts"]}
    open(order["json_file"], "w").write(json.dumps({"title": order["name"], **numbers, "omitted": {}}))
    tell(done=True)
"""
"""The beginning of a process that stands in for the one that explains runs, which takes seconds to begin."""


@pytest.fixture
def stand_in(monkeypatch):
    """Let lines of Python, which may call `tell` and `write`, be the process in which a server explains runs."""
    from recurra.serve.explanations import explainer

    def put(code):
        monkeypatch.setattr(explainer, "_COMMAND", (sys.executable, "-S", "-c", EXPLAINER + code))

    return put


@pytest.fixture
def shared_data():
    """A function that finds a data set of the development data, and skips the test where there is none."""

    def find(name: str) -> Path:
        if not DATA:
            pytest.skip(f"RECURRA_DATA is not set; it would name the folder that holds {name}")
        path = Path(DATA) / name
        if not path.exists():
            pytest.skip(f"RECURRA_DATA holds no {name}")
        return path

    return find
