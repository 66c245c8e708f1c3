"""Floor 4: the jobs, one file each."""

from pathlib import Path

from recurra.errors import DataError
from recurra.tasks.classification.task import SequenceClassifier, SequenceRegressor
from recurra.tasks.language_model.task import LanguageModel
from recurra.tasks.tagging.task import Tagger
from recurra.tasks.translation.task import Translator
from recurra.training.run import RunFolder
from recurra.training.task import Task

TASKS: dict[str, type[Task]] = {
    task.name: task for task in (LanguageModel, SequenceClassifier, SequenceRegressor, Tagger, Translator)
}

__all__ = [
    "TASKS",
    "LanguageModel",
    "SequenceClassifier",
    "SequenceRegressor",
    "Tagger",
    "Translator",
    "load",
    "resume",
    "task_of",
]


def task_of(folder: str | Path) -> type[Task]:
    """Find the job whose run a folder holds.

    Raises:
        DataError: the folder holds no run, or one of a job that this version does not know.
    """
    run = RunFolder(folder)
    name = run.read_config()["task"]
    if name not in TASKS:
        raise DataError(f"{run.config_file}: expected a run of {', '.join(TASKS)}, got one of {name!r}")
    return TASKS[name]


def load(folder: str | Path) -> Task:
    """Open a run folder, whatever its job; no code in it is executed.

    Raises:
        DataError: the folder holds no run, or a broken one.
    """
    return task_of(folder).load(folder)


def resume(folder: str | Path, *, epochs: int | None = None, progress: bool = True) -> Task:
    """Go on with a run that was interrupted or killed, as if it had never stopped.

    Args:
        folder: of the run.
        epochs: passes over the data in all, to let a finished training go on; None keeps the number of the run.
        progress: whether to report on standard error.

    Raises:
        DataError: the folder holds no run, its data have changed, or it has more epochs.
    """
    return task_of(folder).resume(folder, epochs=epochs, progress=progress)
