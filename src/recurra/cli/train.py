"""`recurra train`: one command a job, its flags the fields of the job's Config.

PyTorch is imported when a training begins, so that help and completion come at once.
"""

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number

from recurra import tasks
from recurra.cli.settings_flags import flags_of
from recurra.errors import DataError
from recurra.tasks import Job

if TYPE_CHECKING:
    from recurra.training import Task

app = App(name="train", help="Train a network on data, or go on with a training.")


@app.default
def go_on(
    *words: Annotated[str, Parameter(allow_leading_hyphen=True, show=False)],
    resume: Path | None = None,
    epochs: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    max_minutes: Annotated[float | None, Parameter(validator=Number(gte=0))] = None,
) -> None:
    """Train a network on data (name the job), or go on with a training (--resume).

    Parameters
    ----------
    words
        None; what stands here is a job misspelt or left out.
    resume
        Run folder of a training that was interrupted or killed; it goes on as if it had never stopped.
    epochs
        With --resume: passes over the data in all, more than before; a finished training goes on, too. The learning
        rate follows its schedule over the new total.
    max_minutes
        With --resume: minutes after which this session is evaluated, saved and stopped; 0 sets no limit. By default
        as many as before.
    """
    if words or resume is None:
        got = f"got {words[0]!r}" if words else "got neither"
        raise DataError(f"train: expected a job ({', '.join(tasks.JOBS)}) or --resume RUN, {got}; --help tells more")
    _say_next(tasks.resume(resume, epochs=epochs, max_minutes=max_minutes), resume)


def _command(job: Job) -> Callable[..., None]:
    def train(
        data: Annotated[list[str], Parameter(negative="")],
        /,
        *,
        out: Path,
        valid: str | None = None,
        overwrite: bool = False,
        start_from: Annotated[Path | None, Parameter(name="--from")] = None,
        seeds: Annotated[int, Parameter(validator=Number(gte=1, lte=1000))] = 1,
        config: Path | None = None,
        settings: Any = None,
    ) -> None:
        """Train.

        Parameters
        ----------
        data
            What to learn from: files, a folder, or a named data set (`recurra data` lists them).
        out
            Run folder to write.
        valid
            What to choose the best weights by; by default the data set's own part, or the end of the data.
        overwrite
            Replace a run that is in the folder.
        start_from
            Run folder whose weights to start from (fine-tuning); its network, labels and symbols are kept, and its
            settings, but for those given here.
        seeds
            Trainings that differ in their seed alone, into OUT/seed-1 and so on; their scores' mean and spread are
            printed, and written to OUT/seeds.json.
        config
            TOML file of settings, such as `hidden_size = 256`; a flag wins over it, wherever it stands.
        """
        chosen = dataclasses.asdict(settings or job.config_class())
        source = data[0] if len(data) == 1 else data
        more: dict[str, Any] = {"valid": valid, "overwrite": overwrite, "start_from": start_from}
        if seeds == 1:
            task = job.task_class(**chosen)
            _fit(task, source, out, **more)
            _say_next(task, out)
        else:
            _fit_seeds(job, chosen, seeds, source, out, more)

    train.__annotations__["settings"] = Annotated[flags_of(job.config_class) | None, Parameter(name="*")]
    return train


def _fit_seeds(job: Job, settings: dict[str, Any], seeds: int, data: Any, out: Path, more: dict[str, Any]) -> None:
    """Train several times, with other seeds, into folders of their own; print what became of them."""
    from recurra.training import processes
    from recurra.training.seeds import fit_seeds

    def fit(task: "Task[Any, Any]", folder: Path) -> None:
        if processes.rank() == 0:
            print(f"{folder}: seed {task.config.seed}", file=sys.stderr)
        _fit(task, data, folder, **more)

    first: int = settings["seed"]
    make = lambda seed: job.task_class(**settings | {"seed": seed})  # noqa: E731
    summary = fit_seeds(make, range(first, first + seeds), out, more["overwrite"], fit)
    _print_summary(summary, out)


def _fit(task: "Task[Any, Any]", data: Any, out: Path, *, start_from: Path | None, **more: Any) -> None:
    """Train into a folder, from the start or from another run."""
    chosen = {} if start_from is None else dataclasses.asdict(task.config)  # all of them: flags, or those of the run
    task.fit(data, out=out, start_from=start_from, **more, **chosen)


def _print_summary(summary: dict[str, dict[str, float]], out: Path) -> None:
    """Print the mean and the spread of each score."""
    from recurra.training import processes
    from recurra.training.seeds import SUMMARY

    if processes.rank():
        return
    width = max(map(len, summary))
    print(f"{'':{width}}  {'mean':>10}  {'deviation':>10}  {'least':>10}  {'most':>10}")
    for name, spread in summary.items():
        print(f"{name:{width}}  " + "  ".join(f"{spread[key]:10.4f}" for key in ("mean", "deviation", "least", "most")))
    print(f"{out}: done; all scores in {out / SUMMARY}", file=sys.stderr)


def _say_next(task: "Task[Any, Any]", run: Path) -> None:
    """Say that all is done, and where to look; of several processes, one does."""
    from recurra.training import processes

    if processes.rank() == 0 and task.finished_:
        curves = run / "curves.html"
        print(f"{run}: done{f'; curves in {curves}' if curves.exists() else ''}", file=sys.stderr)


for _name, _job in tasks.JOBS.items():
    app.command(_command(_job), name=_name, help=f"Train a {_job.noun or _name.replace('-', ' ')}.")
