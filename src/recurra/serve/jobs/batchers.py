"""The batchers of a server: one for each run that has been asked for answers."""

from recurra.serve.jobs.batcher import Batcher
from recurra.serve.run_threads import RunThreads
from recurra.serve.runs import ServedRun


class Batchers(RunThreads[Batcher]):
    """Batchers by run; arguments as of `RunThreads`."""

    def _make(self, run: ServedRun) -> Batcher:
        return Batcher(run.task, self._settings.max_waiting, self._compute_threads)
