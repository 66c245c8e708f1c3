"""The batchers of a server: one for each run that has been asked for answers."""

import threading

from recurra.serve.jobs.batcher import Batcher
from recurra.serve.runs import Runs, ServedRun
from recurra.serve.settings import ServeSettings


class Batchers:
    """Batchers by run; one whose run has better weights ends when its calls are answered.

    Args:
        runs: which tell when one was loaded anew.
        settings: of the server.
    """

    def __init__(self, runs: Runs, settings: ServeSettings):
        self._settings = settings
        self._batchers: dict[ServedRun, Batcher] = {}
        self._lock = threading.Lock()
        runs.on_load.append(self._retire)

    def of(self, run: ServedRun) -> Batcher:
        """The batcher of a run; made when it is first asked for."""
        with self._lock:
            if run not in self._batchers:
                self._batchers[run] = Batcher(run.task, self._settings.max_waiting)
            return self._batchers[run]

    def stop(self) -> None:
        """End all batchers; calls that are not answered are given up."""
        with self._lock:
            for batcher in self._batchers.values():
                batcher.stop()
            self._batchers.clear()

    def _retire(self, run: ServedRun) -> None:
        """Let the batcher of a run's earlier weights end."""
        with self._lock:
            for earlier in [earlier for earlier in self._batchers if earlier.name == run.name]:
                self._batchers.pop(earlier).close()
