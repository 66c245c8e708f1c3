"""Floor 4: the jobs, a folder each.

What is named here is imported when it is first used: the Config of a job takes no PyTorch, its task does.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recurra.errors import DataError
from recurra.settings.training import TrainingConfig

if TYPE_CHECKING:
    from recurra.tasks.classification.task import SequenceClassifier, SequenceRegressor
    from recurra.tasks.clip_gan.task import ClipGAN
    from recurra.tasks.language_model.task import LanguageModel
    from recurra.tasks.series_gan.task import TimeSeriesGAN
    from recurra.tasks.tagging.task import Tagger
    from recurra.tasks.text_gan.task import TextGAN
    from recurra.tasks.translation.task import Translator
    from recurra.tasks.video.task import VideoClassifier
    from recurra.training.task import Task

    TASKS: dict[str, type[Task[Any, Any]]]

__all__ = [
    "JOBS",
    "TASKS",
    "ClipGAN",
    "LanguageModel",
    "SequenceClassifier",
    "SequenceRegressor",
    "Tagger",
    "TextGAN",
    "TimeSeriesGAN",
    "Translator",
    "VideoClassifier",
    "load",
    "resume",
    "task_of",
]


@dataclass(frozen=True)
class Job:
    """Where a job's classes are.

    folder: in `recurra.tasks`. task, config: names of the classes in its `task.py` and its `config.py`. noun: what is
    trained, in words; "" where the job's name says it.
    """

    folder: str
    task: str
    config: str
    noun: str = ""

    @property
    def config_class(self) -> type[TrainingConfig]:
        """Its settings."""
        config_class: type[TrainingConfig] = getattr(import_module(f"{__name__}.{self.folder}.config"), self.config)
        return config_class

    @property
    def task_class(self) -> "type[Task[Any, Any]]":
        """What trains it and does its work."""
        task_class: type[Task[Any, Any]] = getattr(import_module(f"{__name__}.{self.folder}.task"), self.task)
        return task_class


JOBS = {
    "language-model": Job("language_model", "LanguageModel", "LanguageModelConfig"),
    "classifier": Job("classification", "SequenceClassifier", "SequenceClassifierConfig"),
    "regressor": Job("classification", "SequenceRegressor", "SequenceConfig"),
    "tagger": Job("tagging", "Tagger", "TaggerConfig"),
    "translator": Job("translation", "Translator", "TranslatorConfig"),
    "text-gan": Job("text_gan", "TextGAN", "TextGANConfig", noun="generator of text"),
    "series-gan": Job("series_gan", "TimeSeriesGAN", "SeriesGANConfig", noun="generator of time series"),
    "video": Job("video", "VideoClassifier", "VideoConfig", noun="classifier of clips"),
    "clip-gan": Job("clip_gan", "ClipGAN", "ClipGANConfig", noun="generator of clips"),
}
"""The jobs by name. `TASKS` are their tasks, by name too."""


def __getattr__(name: str) -> Any:
    if name == "TASKS":
        value: Any = {name: job.task_class for name, job in JOBS.items()}
    else:
        job = next((job for job in JOBS.values() if job.task == name), None)
        if job is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = job.task_class
    globals()[name] = value
    return value


def task_of(folder: str | Path) -> "type[Task[Any, Any]]":
    """Find the job whose run a folder holds.

    Raises:
        DataError: the folder holds no run, or one of a job that this version does not know.
    """
    from recurra.training.run import RunFolder

    run = RunFolder(folder)
    name = run.read_config()["task"]
    if name not in JOBS:
        raise DataError(f"{run.config_file}: expected a run of {', '.join(JOBS)}, got one of {name!r}")
    return JOBS[name].task_class


def load(folder: str | Path) -> "Task[Any, Any]":
    """Open a run folder, whatever its job; no code in it is executed.

    Raises:
        DataError: the folder holds no run, or a broken one.
    """
    return task_of(folder).load(folder)


def resume(
    folder: str | Path, *, epochs: int | None = None, max_minutes: float | None = None, progress: bool = True
) -> "Task[Any, Any]":
    """Go on with a run that was interrupted or killed, as if it had never stopped.

    Args:
        folder: of the run.
        epochs: passes over the data in all, to let a finished training go on; None keeps the number of the run.
        max_minutes: time of this session; None keeps that of the run.
        progress: whether to report on standard error.

    Raises:
        DataError: the folder holds no run, its data have changed, or it has more epochs.
    """
    return task_of(folder).resume(folder, epochs=epochs, max_minutes=max_minutes, progress=progress)
