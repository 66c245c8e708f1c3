import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import recurra
from recurra.cli import main

TINY = {
    "hidden-size": 12,
    "num-layers": 1,
    "batch-size": 4,
    "sequence-length": 10,
    "epochs": 2,
    "threads": 1,
    "warmup-steps": 2,
}


@pytest.fixture(scope="session")
def tiny() -> list[str]:
    """Flags of a training that takes a moment."""
    return [f"--{name}={value}" for name, value in TINY.items()]


@pytest.fixture(scope="session")
def text(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("texts") / "text.txt"
    path.write_text("the quick brown fox jumps over the lazy dog - and rests.\r\n" * 30, newline="")
    return path


@pytest.fixture(scope="session")
def run(text, tiny, tmp_path_factory) -> Path:
    """A run that the command has trained; not to be written to."""
    out = tmp_path_factory.mktemp("runs") / "run"
    assert main(["train", "language-model", str(text), "--out", str(out), *tiny]) == 0
    return out


@pytest.fixture
def unboxed(capsys):
    """A function that gives what went to standard error, without the box and the line ends that cyclopts draws."""
    return lambda: " ".join(re.sub("[│╭╮╰╯─]", " ", capsys.readouterr().err).split())


@pytest.fixture
def standard_input(monkeypatch):
    """A function that puts bytes on standard input."""

    def put(content: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))

    return put


@pytest.fixture
def start():
    """A function that starts the command as a process of its own, which Ctrl-C reaches and which buffers its output."""
    processes = []

    def begin(*arguments: object, **options) -> subprocess.Popen:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        command = [sys.executable, "-m", "recurra", *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        processes.append(subprocess.Popen(command, text=True, env=environment, **pipes))
        return processes[-1]

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a child inherits it where it is ignored
    yield begin
    signal.signal(signal.SIGINT, before)
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def lm(run) -> recurra.LanguageModel:
    return recurra.load(run)


@pytest.fixture
def output_of(capsys):
    """A function that runs a command which goes well, and gives its standard output; it says nothing else."""

    def run(*arguments: object) -> str:
        capsys.readouterr()
        assert main([str(argument) for argument in arguments]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return run


@pytest.fixture
def no_data(tmp_path, monkeypatch):
    """No data anywhere."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("RECURRA_DATA", raising=False)


@pytest.fixture
def rows_of(output_of):
    """A function that runs a command with --json and gives its objects."""
    return lambda *command: [json.loads(line) for line in output_of(*command, "--json").splitlines()]
