"""Several trainings at once, a process and a thread each."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing.connection import wait as wait_for

from recurra.explain.compare.training_job import TrainingJob
from recurra.explain.compare.training_result import TrainingResult


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_all(jobs: Sequence[TrainingJob], workers: int) -> Iterator[TrainingResult]:
    """Train all, the longest first, so that none is left alone at the end; give each result when it is there.

    Args:
        jobs: trainings.
        workers: how many run at once; 1 runs them in this process.

    Raises:
        DataError: a training's data or files are not as expected.
        KeyboardInterrupt: somebody interrupted; each training has saved where it stands.
    """
    if workers == 1:
        yield from (job.run() for job in jobs)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin) as pool:
        running = {pool.submit(TrainingJob.run, job) for job in sorted(jobs, key=lambda job: -job.config.length)}
        try:
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        finally:
            pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Make a worker ready: it trains on through no Ctrl-C but that of a training, and ends with its parent."""
    signal.signal(signal.SIGINT, lambda number, frame: None)  # a training hears it meanwhile, and saves
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)
