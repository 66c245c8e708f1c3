"""Several processes, started by torchrun or as it starts them: they are as many as asked for, and make one training."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import recurra
from recurra import DataError, LanguageModel, SequenceClassifier, Tagger, TextGAN
from recurra.training import checkpoint, processes
from recurra.training.processes import Processes

TEXT = "the quick brown fox jumps over the lazy dog, and rests.\n" * 30
SMALL = {
    "hidden_size": 12,
    "num_layers": 1,
    "batch_size": 4,
    "sequence_length": 10,
    "epochs": 3,
    "evaluate_every": 7,
    "warmup_steps": 2,
    "threads": 1,
    "learning_rate": 0.02,
}
PLAIN = {"dropout": 0.0, "weight_dropout": 0.0}
DROPPED = {"dropout": 0.5, "weight_dropout": 0.2}


def _environment() -> dict[str, str]:
    """Without what a launcher of this test may have set."""
    return {name: value for name, value in os.environ.items() if name not in ("RANK", "LOCAL_RANK", "WORLD_SIZE")}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _launch(arguments: list[str], count: int = 2, **more) -> subprocess.Popen:
    """Train by torchrun, as a person would."""
    port = _free_port()
    launch = [sys.executable, "-m", "torch.distributed.run", f"--nproc_per_node={count}", f"--master_port={port}"]
    command = [*launch, "-m", "recurra", "train", *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=_environment(), **more)


class Started:
    """Processes that have got what torchrun gives to each, without what it takes to load it."""

    def __init__(self, processes: list, log: Path):
        self.processes, self.log = processes, log

    @property
    def returncode(self) -> int:
        """The first that is not 0."""
        return next((process.exitcode for process in self.processes if process.exitcode), 0)

    def poll(self) -> int | None:
        """Give their exit code, once all have ended."""
        return None if any(process.is_alive() for process in self.processes) else self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to all."""
        for process in self.processes:
            os.kill(process.pid, number)

    def communicate(self, timeout: float) -> tuple[None, bytes]:
        """Wait for their end, and give what they said; those that have not ended by then are killed, and that fails."""
        for process in self.processes:
            process.join(timeout)
        late = [process for process in self.processes if process.is_alive()]
        for process in late:
            process.kill()
            process.join()
        assert not late, f"{len(late)} did not end within {timeout} s: {self.log.read_text()}"
        return None, self.log.read_bytes()


@pytest.fixture(scope="module")
def start(forked, tmp_path_factory):
    """A function that starts a training of several processes."""

    def start(arguments: list[str], count: int = 2) -> Started:
        log = tmp_path_factory.mktemp("log") / "log"
        log.touch()
        address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port())}
        together = address | {"WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count)}
        processes = []
        for rank in range(count):
            environment = _environment() | together | {"RANK": str(rank), "LOCAL_RANK": str(rank)}
            files = (os.devnull, log)
            processes.append(forked.start_command("train", *arguments, environment=environment, files=files))
        return Started(processes, log)

    return start


@pytest.fixture(scope="module")
def train(start):
    """A function that trains to the end by several processes, and gives what they said."""

    def train(arguments: list[str], count: int = 2) -> str:
        started = start(arguments, count)
        said = started.communicate(240)[1].decode()
        assert [process.exitcode for process in started.processes] == [0] * count, said
        return said

    return train


def _flags(settings: dict) -> list[str]:
    return [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]


def _records(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def _last_epoch(folder: Path) -> float:
    """Mean training loss of the last epoch."""
    records = _records(folder)
    return float(np.mean([record["train_loss"] for record in records if record["epoch"] == records[-1]["epoch"]]))


def _count(folder: Path) -> int:
    return len(checkpoint.load_tree(folder / "last" / "checkpoint.safetensors")["processes"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("processes")
    (folder / "text.txt").write_text(TEXT)
    return folder


@pytest.fixture(scope="module")
def whole(folder, train) -> tuple[Path, str]:
    """A training of two processes, with dropout, and what it said."""
    said = train(["language-model", str(folder / "text.txt"), "--out", str(folder / "whole"), *_flags(SMALL | DROPPED)])
    return folder / "whole", said


def test_two_processes_are_two_of_one_training_and_one_of_them_writes(whole):
    run, said = whole
    assert _count(run) == 2
    assert said.count(": done") == 1
    log = (run / "train.log").read_text()
    assert log.count("epoch 3 ") == len([r for r in _records(run) if r["epoch"] == 3])


def test_two_processes_regularize_as_one_does_in_every_epoch(whole, folder):
    LanguageModel(**SMALL | DROPPED).fit(folder / "text.txt", out=folder / "one", progress=False)
    LanguageModel(**SMALL | PLAIN).fit(folder / "text.txt", out=folder / "undropped", progress=False)
    two, one, undropped = (_last_epoch(run) for run in (whole[0], folder / "one", folder / "undropped"))
    assert one - undropped > 0.5  # what dropout costs in training; from seed to seed losses differ by 0.1
    assert two > (one + undropped) / 2


def test_processes_draw_other_numbers_at_every_step_and_each_its_own(whole):
    states = checkpoint.load_tree(whole[0] / "last" / "checkpoint.safetensors")["processes"]
    draws = []
    for rank, state in enumerate(states):
        seed = Processes(rank, 2, torch.device("cpu")).seed(1)
        begun = checkpoint.generators(seed, torch.device("cpu"))["cpu"]
        assert not torch.equal(begun.get_state(), state["random"]["cpu"])
        draws.append(torch.rand(5, generator=begun.set_state(state["random"]["cpu"])))
    assert not torch.equal(*draws)


def _interrupt(process: subprocess.Popen | Started, run: Path, whole: Path, after: int = 1) -> None:
    """End a training once some evaluations are written.

    Args:
        process: that trains, and keeps its state at every step.
        run: folder that it trains into.
        whole: of the same training that nobody disturbed.
        after: so many evaluations.
    """
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        if (run / "metrics.jsonl").exists() and len(_records(run)) >= after:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=120)[1].decode()
    assert process.returncode != 0, said
    assert len(_records(run)) < len(_records(whole)), "over before it could be interrupted"


def _require_equal(whole: Path, run: Path) -> None:
    """Hold two runs to be the same bits, and their records the same numbers."""
    a, b = (load_file(folder / "model.safetensors") for folder in (whole, run))
    assert all(torch.equal(a[name], b[name]) for name in a)
    a, b = ([record | {"seconds": 0} for record in _records(folder)] for folder in (whole, run))
    assert a == b


def test_an_interrupted_training_of_two_resumes_bit_for_bit(whole, folder, train):
    run = folder / "stopped"
    arguments = ["language-model", str(folder / "text.txt"), *_flags(SMALL | DROPPED)]
    _interrupt(_launch([*arguments, "--out", str(run), "--checkpoint-seconds=0.0"]), run, whole[0])
    train(["--resume", str(run)])
    _require_equal(whole[0], run)


def test_another_number_of_processes_is_told_how_to_go_on(whole):
    with pytest.raises(
        DataError,
        match=r"expected a training by as many processes as now, 1, got one by 2; .*torchrun --nproc_per_node 2 ",
    ):
        recurra.resume(whole[0], progress=False)


def test_two_processes_learn_what_one_learns(folder, train):
    settings = SMALL | PLAIN | {"evaluate_every": 1, "epochs": 1}
    LanguageModel(**settings).fit(folder / "text.txt", out=folder / "one plain", progress=False)
    train(["language-model", str(folder / "text.txt"), "--out", str(folder / "two plain"), *_flags(settings)])
    one, two = _records(folder / "one plain"), _records(folder / "two plain")
    assert _count(folder / "two plain") == 2
    assert len(one) == len(two) > 20
    for a, b in zip(one, two, strict=True):
        assert a["train_loss"] == pytest.approx(b["train_loss"], abs=1e-5)
        assert a["valid_nats_per_token"] == pytest.approx(b["valid_nats_per_token"], abs=1e-5)


LINES = ["a man rides a bike .", "a dog runs .", "two men sit on a bench .", "a woman holds a ball ."] * 12
GAME = {"method": "gumbel", "epochs": 6, "likelihood_epochs": 2, "batch_size": 8, "hidden_size": 12, "threads": 1}


@pytest.fixture(scope="module")
def lines(folder) -> Path:
    """Lines that generators learn from."""
    path = folder / "lines.txt"
    path.write_text("".join(f"{line}\n" for line in LINES))
    return path


def test_a_game_of_two_processes_is_one_and_resumes_bit_for_bit(lines, folder, start, train):
    arguments, whole, run = ["text-gan", str(lines), *_flags(GAME)], folder / "whole game", folder / "stopped game"
    train([*arguments, "--out", str(whole)])
    assert _count(whole) == 2
    assert {"train_discriminator_loss", "train_generator_loss"} <= {name for row in _records(whole) for name in row}
    process = start([*arguments, "--out", str(run), "--checkpoint-seconds=0.0"])
    _interrupt(process, run, whole, after=4)  # two passes by likelihood, two of the game
    train(["--resume", str(run)])
    _require_equal(whole, run)


def test_two_processes_learn_lines_by_likelihood_as_one_does(lines, folder, train):
    settings = GAME | {"dropout": 0.0, "evaluate_every": 1, "epochs": 3}
    TextGAN(**settings).fit(lines, out=folder / "one game", progress=False)
    train(["text-gan", str(lines), "--out", str(folder / "two games"), *_flags(settings)])
    one, two = (
        [row for row in _records(folder / name) if "train_likelihood_loss" in row] for name in ("one game", "two games")
    )
    assert len(one) == len(two) > 8
    for a, b in zip(one, two, strict=True):
        assert a["train_likelihood_loss"] == pytest.approx(b["train_likelihood_loss"], abs=1e-5)


def _machines_can_be_made() -> bool:
    """Whether this is the superuser of a Linux that has network namespaces and the command `ip`."""
    if not shutil.which("ip") or os.geteuid() != 0:
        return False
    made = subprocess.run(["ip", "netns", "add", "recurra-probe"], capture_output=True, check=False).returncode == 0
    subprocess.run(["ip", "netns", "delete", "recurra-probe"], capture_output=True, check=False)
    return made


@pytest.fixture
def two_machines() -> Iterator[list[str]]:
    """Two network namespaces joined by a cable, 10.9.0.1 and 10.9.0.2."""
    names = [f"recurra-{os.getpid()}-{number}" for number in (1, 2)]
    try:
        for name in names:
            subprocess.run(["ip", "netns", "add", name], check=True)
        cable = ["type", "veth", "peer", "name", "cable", "netns", names[1]]
        subprocess.run(["ip", "link", "add", "cable", "netns", names[0], *cable], check=True)
        for number, name in enumerate(names, start=1):
            subprocess.run(["ip", "-n", name, "addr", "add", f"10.9.0.{number}/24", "dev", "cable"], check=True)
            for link in ("cable", "lo"):
                subprocess.run(["ip", "-n", name, "link", "set", link, "up"], check=True)
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], check=False)


@pytest.mark.skipif(not _machines_can_be_made(), reason="two network namespaces need the superuser and the command ip")
def test_two_machines_are_two_processes_and_the_first_writes(two_machines, folder):
    text, run = str(folder / "text.txt"), folder / "machines"
    train = ["train", "language-model", text, "--out", str(run), *_flags(SMALL | DROPPED | {"epochs": 1})]
    launch = [sys.executable, "-m", "torch.distributed.run", "--nnodes=2", "--master_addr=10.9.0.1"]
    commands = [
        ["ip", "netns", "exec", name, *launch, f"--node_rank={number}", "-m", "recurra", *train]
        for number, name in enumerate(two_machines)
    ]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, env=_environment()) for command in commands]
    try:
        said = [process.communicate(timeout=120)[1].decode() for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0, 0], said
    assert _count(run) == 2
    assert [text.count(": done") for text in said] == [1, 0]


@pytest.mark.parametrize("job", ["tagger", "classifier"])
def test_unequal_shares_count_by_what_they_hold(job, folder, train):
    """Three processes, batches of 4: shares of 2, 1 and 1 sequences, of unequal lengths or weights."""
    settings = {"hidden_size": 8, "dropout": 0.0, "batch_size": 4, "epochs": 3, "threads": 1, "learning_rate": 0.01}
    if job == "tagger":
        sentences = [[("cat", "N"), ("ran", "V"), ("on", "P")] * (1 + n % 3) + [("it", "O")] for n in range(22)]
        data = folder / "words.conll"
        data.write_text("\n".join("".join(f"{w} {t}\n" for w, t in one) for one in sentences))
        task = Tagger(**settings | {"token_dropout": 0.0, "char_encoder": "none", "valid_fraction": 0.0})
    else:
        data = folder / "series.csv"
        draw = np.random.default_rng(0)
        rows = [",".join([*(f"{v:.3f}" for v in draw.normal(size=6)), "up" if n % 4 else "down"]) for n in range(22)]
        data.write_text("\n".join([",".join([*(f"t{i}" for i in range(6)), "label"]), *rows]) + "\n")
        task = SequenceClassifier(**settings, class_weight="balanced", valid_fraction=0.0)
    task.fit(data, out=folder / f"one {job}", progress=False)
    defaults = asdict(task.Config())
    changed = {name: value for name, value in asdict(task.config).items() if value != defaults[name]}
    train([job, str(data), "--out", str(folder / f"three {job}"), *_flags(changed)], count=3)
    assert _count(folder / f"three {job}") == 3
    one, three = (_records(folder / f"{count} {job}") for count in ("one", "three"))
    for a, b in zip(one, three, strict=True):
        assert a["train_loss"] == pytest.approx(b["train_loss"], abs=2e-5)


def test_gradients_are_weighted_by_what_the_losses_are_means_over(monkeypatch):
    """What a process adds up with another: here with one that saw three times as much and found gradients of 5."""
    parameter = torch.nn.Parameter(torch.zeros(2))
    parameter.grad = torch.ones(2)

    def all_reduce(flat):
        flat += torch.tensor([5.0, 5.0, 2.0, 1.0]) * 3

    monkeypatch.setattr(processes.dist, "all_reduce", all_reduce)
    loss = Processes(0, 2, torch.device("cpu")).average(torch.tensor(6.0), [parameter], 1.0)
    assert parameter.grad.tolist() == [4.0, 4.0]
    assert loss == 3.0


def test_a_share_that_counts_nothing_changes_nothing(monkeypatch):
    """As one whose examples are all of classes without weight: their mean is 0 / 0."""
    parameter = torch.nn.Parameter(torch.zeros(2))
    parameter.grad = torch.full((2,), torch.nan)

    def all_reduce(flat):
        flat += torch.tensor([5.0, 5.0, 2.0, 1.0]) * 3

    monkeypatch.setattr(processes.dist, "all_reduce", all_reduce)
    loss = Processes(0, 2, torch.device("cpu")).average(torch.tensor(torch.nan), [parameter], 0.0)
    assert parameter.grad.tolist() == [5.0, 5.0]
    assert loss == 2.0


@pytest.mark.parametrize(
    ("environment", "threads"),
    [({}, 0), ({"OMP_NUM_THREADS": "1"}, 4), ({"OMP_NUM_THREADS": "3"}, 0), ({"WORLD_SIZE": "1"}, 0)],
)
def test_processes_of_one_machine_share_its_cores(environment, threads, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    for name, value in ({"RANK": "1", "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"} | environment).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    assert processes.threads_of_one() == (threads if environment else 4)
