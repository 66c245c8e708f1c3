"""`recurra train`: one command a task, its flags the fields of the task's Config."""

import dataclasses
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from recurra import tasks
from recurra.cli.stream import STANDARD_INPUT
from recurra.errors import DataError
from recurra.training import Task, processes

app = App(name="train", help="Train a network on data, or go on with a training.")


@app.default
def go_on(
    *words: Annotated[str, Parameter(allow_leading_hyphen=True, show=False)],
    resume: Path | None = None,
) -> None:
    """Train a network on data (name the job), or go on with a training (--resume).

    Parameters
    ----------
    words
        None; what stands here is a job misspelt or left out.
    resume
        Run folder of a training that was interrupted or killed; it goes on as if it had never stopped.
    """
    if words or resume is None:
        got = f"got {words[0]!r}" if words else "got neither"
        raise DataError(f"train: expected a job ({', '.join(tasks.TASKS)}) or --resume RUN, {got}; --help tells more")
    tasks.resume(resume)
    _say_next(resume)


def refuse_standard_input(arguments: Sequence[str]) -> None:
    """Refuse "-" as data; the parser would take it for an option.

    Raises:
        DataError: it is there; says what to do instead.
    """
    if STANDARD_INPUT in arguments:
        raise DataError(
            "-: expected files or a named data set, got standard input: a training reads its data several times, and "
            "again when it is resumed; write them to a file"
        )


def _command(task: type[Task]) -> Callable[..., None]:
    def train(
        data: Annotated[list[str], Parameter(negative="")],
        /,
        *,
        out: Path,
        valid: str | None = None,
        overwrite: bool = False,
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
        config
            TOML file of settings, such as `hidden_size = 256`; a flag wins over it, wherever it stands.
        """
        chosen = dataclasses.asdict(settings or task.Config())
        task(**chosen).fit(data[0] if len(data) == 1 else data, valid=valid, out=out, overwrite=overwrite)
        _say_next(out)

    group = f"Settings of the {task.name.replace('-', ' ')} and its training"
    train.__annotations__["settings"] = Annotated[task.Config | None, Parameter(name="*", group=group)]
    return train


def _say_next(run: Path) -> None:
    if processes.rank() == 0:
        print(f"{run}: done; curves in {run / 'curves.html'}", file=sys.stderr)


for _task in tasks.TASKS.values():
    app.command(_command(_task), name=_task.name, help=f"Train a {_task.name.replace('-', ' ')}.")
