import os
import signal
import time
from pathlib import Path

import pytest

from recurra.training import interrupt
from recurra.training.interrupt import graceful, resume_command

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_is_noted_and_a_second_one_interrupts(number, monkeypatch):
    before = signal.getsignal(number)
    with graceful() as stop:
        os.kill(os.getpid(), number)
        assert stop.requested
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + 2)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_signals_that_come_together_are_one_wish():
    with graceful() as stop:
        for number in SIGNALS:
            os.kill(os.getpid(), number)
        assert stop.requested


def test_processes_under_a_launcher_wait_for_each_other_however_often_they_are_asked(monkeypatch):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with graceful() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + 2)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.requested


def test_a_signal_that_is_ignored_stays_ignored_as_under_nohup():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with graceful() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stop.requested
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_command_that_goes_on_is_one_for_a_shell(monkeypatch):
    monkeypatch.setattr(interrupt.sys, "argv", ["/bin/recurra"])
    assert resume_command(Path("runs/a book")) == "recurra train --resume 'runs/a book'"
    monkeypatch.setattr(interrupt.sys, "argv", ["/lib/recurra/__main__.py"])
    assert resume_command(Path("r")) == "python -m recurra train --resume r"


def test_the_command_that_goes_on_starts_as_many_processes(monkeypatch):
    for name, value in {"RANK": "0", "WORLD_SIZE": "4", "LOCAL_WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    assert resume_command(Path("r")) == "torchrun --nproc_per_node 2 -m recurra train --resume r"
    more = {"GROUP_WORLD_SIZE": "2", "GROUP_RANK": "0", "MASTER_ADDR": "10.0.0.1", "MASTER_PORT": "29500"}
    for name, value in more.items():
        monkeypatch.setenv(name, value)
    assert resume_command(Path("r")) == (
        "torchrun --nproc_per_node 2 --nnodes 2 --node_rank 0 --master_addr 10.0.0.1 --master_port 29500 "
        "-m recurra train --resume r"
    )
