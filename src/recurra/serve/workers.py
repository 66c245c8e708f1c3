"""Several processes that answer at one socket: whichever is free takes the next connection."""

import logging
import multiprocessing
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from recurra.serve.app import create_app
from recurra.serve.protection.log_handler import logging_to_stderr
from recurra.serve.runs import Runs
from recurra.serve.serving import serve_at
from recurra.serve.settings import ServeSettings

log = logging.getLogger(__name__)

_LOOK_EVERY = 0.2  # seconds
_SHORTEST_LIFE = 5.0  # seconds; one that dies sooner is not started again at once
_TO_END = 10.0  # seconds beyond those of the settings, after which a process is killed


class Workers:
    """Starts processes, starts those again that die, and stops all of them at SIGTERM or SIGINT.

    Args:
        folders: of the runs.
        settings: of the server; how many processes is among them.
        listener: the socket.
    """

    def __init__(self, folders: Sequence[Path], settings: ServeSettings, listener: socket.socket):
        self._folders, self._settings, self._listener = list(folders), settings, listener
        self._stops = False
        self._token = secrets.token_hex(32)
        self._processes: list[SpawnProcess] = []
        self._began: dict[SpawnProcess, float] = {}

    def run(self) -> None:
        """Serve until a signal comes."""
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._processes = [self._start() for _ in range(self._settings.workers)]
            while not self._stops:
                wait([process.sentinel for process in self._processes], _LOOK_EVERY)
                self._replace_dead()
        finally:
            self._end()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, *_: object) -> None:
        self._stops = True

    def _start(self) -> SpawnProcess:
        process = multiprocessing.get_context("spawn").Process(
            target=_work, args=(self._folders, self._settings, self._listener, self._token), name="worker"
        )
        process.start()
        self._began[process] = time.monotonic()
        return process

    def _replace_dead(self) -> None:
        for place, process in enumerate(self._processes):
            if self._stops or process.is_alive():
                continue
            if time.monotonic() - self._began[process] > _SHORTEST_LIFE:
                log.error("a worker ended with code %s; another is started", process.exitcode)
                del self._began[process]
                self._processes[place] = self._start()

    def _end(self) -> None:
        """Tell all processes to stop; kill those that do not."""
        for process in self._processes:
            process.terminate()
        until = time.monotonic() + self._settings.shutdown_seconds + _TO_END
        for process in self._processes:
            process.join(max(0.0, until - time.monotonic()))
            if process.is_alive():
                log.error("a worker does not stop, and is killed")
                process.kill()
                process.join()


def _work(folders: list[Path], settings: ServeSettings, listener: socket.socket, token: str) -> None:
    """What each process does."""
    threading.Thread(target=_follow_parent, name="parent", daemon=True).start()
    with logging_to_stderr(settings.log_format), listener:
        serve_at(listener, create_app(Runs(folders, settings.precision), settings, token), settings)


def _follow_parent() -> None:
    """Stop when the process that started this one is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
