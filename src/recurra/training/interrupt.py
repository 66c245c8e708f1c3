"""Ctrl-C, SIGTERM and a terminal that goes away turned into a wish to stop, which the training loop grants between two
steps; and the command that goes on from there.
"""

import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from recurra.training import processes

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")  # the last is not known everywhere
_SAME = 1.0  # seconds in which a second signal is the same wish: a shell and a launcher may both hand it on


@dataclass
class Stop:
    """Whether somebody asked the training to stop, and when."""

    requested: bool = False
    since: float = 0.0


@contextmanager
def graceful() -> Iterator[Stop]:
    """Note the first of these signals inside the block; a second one, at least a second later, interrupts at once.

    Of several processes each waits for all, and only the first signal counts: their launcher kills those that stay. A
    signal that is ignored, as SIGHUP is under `nohup`, stays so. Only the main thread receives signals; elsewhere this
    changes nothing.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def note(number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if stop.requested and now - stop.since >= _SAME and not processes.launched():
            raise KeyboardInterrupt
        if not stop.requested:
            stop.requested, stop.since = True, now

    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    heard = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    previous = {number: signal.signal(number, note) for number in heard}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def resume_command(run: Path, count: int = 0) -> str:
    """The command line that goes on with a run, from the folder where this one began.

    Args:
        run: its folder.
        count: processes, all on this machine; 0 for as many as now, on as many machines.
    """
    module = "python -m recurra" if Path(sys.argv[0]).name == "__main__.py" else "recurra"
    command = f"train --resume {shlex.quote(str(run))}"
    if count == 1 or (count == 0 and not processes.launched()):
        return f"{module} {command}"
    launch = f"torchrun --nproc_per_node {count or processes.on_this_machine()}"
    machines = 1 if count else int(os.environ.get("GROUP_WORLD_SIZE", "1"))
    if machines > 1:
        address, port = os.environ.get("MASTER_ADDR", ""), os.environ.get("MASTER_PORT", "")
        number = os.environ.get("GROUP_RANK", "0")
        launch += f" --nnodes {machines} --node_rank {number} --master_addr {address} --master_port {port}"
    return f"{launch} -m recurra {command}"
