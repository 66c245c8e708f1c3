"""The engines of a server: one for each language model that has been asked for texts."""

import asyncio
import threading

from recurra.serve.runs import Runs, ServedRun
from recurra.serve.settings import ServeSettings
from recurra.serve.writing.engine import Engine
from recurra.serve.writing.notices import Notices
from recurra.tasks.language_model.task import LanguageModel


class Engines:
    """Engines by run; one whose run has better weights ends when its texts are done.

    Args:
        runs: which tell when one was loaded anew.
        settings: of the server.
    """

    def __init__(self, runs: Runs, settings: ServeSettings):
        self._settings = settings
        self._notices: Notices | None = None
        self._engines: dict[ServedRun, Engine] = {}
        self._lock = threading.Lock()
        runs.on_load.append(self._retire)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let texts be read in an event loop."""
        self._notices = Notices(loop)

    def of(self, run: ServedRun) -> Engine:
        """The engine of a language model; made when it is first asked for."""
        assert isinstance(run.task, LanguageModel)
        assert self._notices is not None
        with self._lock:
            if run not in self._engines:
                settings = self._settings
                limits = settings.max_rows, settings.max_waiting
                self._engines[run] = Engine(run.task, *limits, self._notices.send, settings.threads)
            return self._engines[run]

    @property
    def all(self) -> list[Engine]:
        """The engines that take texts."""
        with self._lock:
            return list(self._engines.values())

    def stop(self) -> None:
        """End all engines; texts that are not done are given up."""
        with self._lock:
            for engine in self._engines.values():
                engine.stop()
            self._engines.clear()

    def _retire(self, run: ServedRun) -> None:
        """Let the engine of a run's earlier weights end."""
        with self._lock:
            for earlier in [earlier for earlier in self._engines if earlier.name == run.name]:
                self._engines.pop(earlier).close()
