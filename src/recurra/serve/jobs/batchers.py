"""The batchers of a server: one for each run that has been asked for answers."""

from recurra.serve.jobs.batcher import Batcher
from recurra.serve.run_threads import RunThreads
from recurra.serve.runs import Runs, ServedRun
from recurra.serve.settings import ServeSettings


class Batchers(RunThreads[Batcher]):
    """Batchers by run.

    Args:
        runs: which tell when one was loaded anew.
        settings: of the server.
    """

    def __init__(self, runs: Runs, settings: ServeSettings):
        super().__init__(runs)
        self._settings = settings

    def _make(self, run: ServedRun) -> Batcher:
        return Batcher(run.task, self._settings.max_waiting)
