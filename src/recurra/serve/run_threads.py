"""Threads that do the work of runs: one for each run that is asked for something, until it is closed or stopped."""

import threading
from typing import Generic, TypeVar

import torch

from recurra.serve.errors import stopping
from recurra.serve.runs import Runs, ServedRun
from recurra.serve.settings import ServeSettings


class RunThread:
    """A thread that does the work of one run.

    A subclass does it in `_run`, which ends when `_stops`, or when `_closes` and there is nothing left to do. What
    other threads use too is held by `_changed`. `_start` begins.

    Args:
        threads: of the processor, to compute with; 0 takes what PyTorch takes.
    """

    def __init__(self, threads: int = 0) -> None:
        self._threads = threads
        self._changed = threading.Condition()
        self._stops = self._closes = False
        self._thread = threading.Thread(target=self._work, name=type(self).__name__, daemon=True)

    def _start(self) -> None:
        """Begin, when all is made that `_run` needs."""
        self._thread.start()

    def _work(self) -> None:
        if self._threads:
            torch.set_num_threads(self._threads)  # of the products of this thread
        self._run()

    def _run(self) -> None:
        raise NotImplementedError

    def _require_open(self) -> None:
        """Refuse work that comes too late; to be called while `_changed` is held.

        Raises:
            ApiError: 503, this is being stopped or closed.
        """
        if self._stops or self._closes:
            raise stopping()

    def close(self) -> None:
        """Take no more work, and end when what is there is done; this does not wait for it."""
        with self._changed:
            self._closes = True
            self._changed.notify()

    def stop(self) -> None:
        """End; what is not done is given up."""
        with self._changed:
            self._stops = True
            self._changed.notify()
        self._thread.join()


RunThreadT = TypeVar("RunThreadT", bound=RunThread)


class RunThreads(Generic[RunThreadT]):
    """Threads by run; that of a run which has better weights ends when its work is done.

    Args:
        runs: which tell when one was loaded anew.
        settings: of the server.
    """

    def __init__(self, runs: Runs, settings: ServeSettings):
        self._settings = settings
        self._compute_threads = settings.threads or torch.get_num_threads()
        self._threads: dict[ServedRun, RunThreadT] = {}
        self._lock = threading.Lock()
        runs.on_load.append(self._retire)

    def _make(self, run: ServedRun) -> RunThreadT:
        """Make the thread of a run."""
        raise NotImplementedError

    def of(self, run: ServedRun) -> RunThreadT:
        """The thread of a run; made when it is first asked for."""
        with self._lock:
            if run not in self._threads:
                self._threads[run] = self._make(run)
            return self._threads[run]

    @property
    def all(self) -> list[RunThreadT]:
        """Those that take work."""
        with self._lock:
            return list(self._threads.values())

    def stop(self) -> None:
        """End all; what is not done is given up."""
        with self._lock:
            for thread in self._threads.values():
                thread.stop()
            self._threads.clear()

    def _retire(self, run: ServedRun) -> None:
        """Let the thread of a run's earlier weights end."""
        with self._lock:
            for earlier in [earlier for earlier in self._threads if earlier.name == run.name]:
                self._threads.pop(earlier).close()
