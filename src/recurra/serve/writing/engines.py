"""The engines of a server: one for each language model that has been asked for texts."""

import asyncio

from recurra.serve.run_threads import RunThreads
from recurra.serve.runs import Runs, ServedRun
from recurra.serve.settings import ServeSettings
from recurra.serve.writing.engine import Engine
from recurra.serve.writing.notices import Notices
from recurra.tasks.language_model.task import LanguageModel


class Engines(RunThreads[Engine]):
    """Engines by run.

    Args:
        runs: which tell when one was loaded anew.
        settings: of the server.
    """

    def __init__(self, runs: Runs, settings: ServeSettings):
        super().__init__(runs, settings)
        self._notices: Notices | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let texts be read in an event loop."""
        self._notices = Notices(loop)

    def _make(self, run: ServedRun) -> Engine:
        assert isinstance(run.task, LanguageModel)
        assert self._notices is not None
        settings = self._settings
        return Engine(run.task, settings.max_rows, settings.max_waiting, self._notices.send, self._compute_threads)
