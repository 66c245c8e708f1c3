"""A run opened by a command, which says so where its weights are not the best."""

import sys
from pathlib import Path
from typing import Any, TypeVar

from recurra import tasks
from recurra.settings.answering_precision import AnsweringPrecision
from recurra.training import Task

AnyTask = TypeVar("AnyTask", bound=Task[Any, Any])


def load(run: Path, job: type[AnyTask], precision: AnsweringPrecision = "float32") -> AnyTask:
    """Open a run folder of a job, to answer in a precision; `Task` takes any.

    Raises:
        DataError: it holds no run of this job, or a broken one, or it cannot answer in this precision.
    """
    task = tasks.load(run) if job is Task else job.load(run)
    if task.weights_ == "last":
        print(f"{run}: no weights were evaluated before the training stopped; the last are used", file=sys.stderr)
    if precision != "float32":
        task.reduce_precision(precision)
    return task  # type: ignore[return-value]
