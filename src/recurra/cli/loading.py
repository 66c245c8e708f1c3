"""A run opened by a command, which says so where its weights are not the best."""

import sys
from pathlib import Path
from typing import Any, TypeVar

from recurra import tasks
from recurra.training import Task

AnyTask = TypeVar("AnyTask", bound=Task[Any, Any])


def load(run: Path, job: type[AnyTask]) -> AnyTask:
    """Open a run folder of a job; `Task` takes any.

    Raises:
        DataError: it holds no run of this job, or a broken one.
    """
    task = tasks.load(run) if job is Task else job.load(run)
    if task.weights_ == "last":
        print(f"{run}: no weights were evaluated before the training stopped; the last are used", file=sys.stderr)
    return task  # type: ignore[return-value]
