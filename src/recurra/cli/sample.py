"""`recurra sample`: a trained generator makes samples."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from recurra.cli import output
from recurra.cli.loading import load
from recurra.errors import DataError
from recurra.training import Task
from recurra.training.sampler import Sampler


def sample(
    run: Path,
    /,
    *,
    count: Annotated[int, Parameter(validator=Number(gte=1))] = 1,
    length: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    seed: int | None = None,
    given: Path | None = None,
    out: Path | None = None,
    temperature: Annotated[float | None, Parameter(validator=Number(gt=0))] = None,
    label: str | None = None,
    content_seed: int | None = None,
    motion_seed: int | None = None,
) -> None:
    """Make series, lines or clips like those that a generator has learnt from.

    Parameters
    ----------
    run
        Run folder of a generator: of series-gan, text-gan or clip-gan.
    count
        Series, lines or clips to make; with --given, series for each one there.
    length
        Rows of each series, symbols of each line at most, or frames of each clip; by default as was learnt.
    seed
        Makes the result repeatable; without it, each call makes others.
    given
        File to go on from. Of series: a table with the same columns; its rows without values are filled in. Of lines:
        a text whose lines are beginnings.
    out
        Where to write: a .csv file of series; a .txt file of lines; of clips a folder, or a file that ends in .gif,
        .mp4 or .png. Without it, series and lines go to standard output.
    temperature
        Of lines: below 1 safer, above 1 bolder. By default 1.
    label
        Class of the lines or clips, where classes were learnt; by default drawn for each.
    content_seed
        Of clips: seed of what is in them, in the place of --seed.
    motion_seed
        Of clips: seed of how they move, in the place of --seed.
    """
    task: Any = load(run, Task)
    if not isinstance(task, Sampler):
        raise DataError(f"{run}: expected a run of a job that makes samples, got one of {task.name}")
    named = {"temperature": temperature, "label": label, "content_seed": content_seed, "motion_seed": motion_seed}
    options = {name: value for name, value in named.items() if value is not None}
    for name in options:
        if name not in task.sample_options:
            flag = name.replace("_", "-")
            raise DataError(f"--{flag}: expected none for a run of {task.name}, got {options[name]!r}")
    samples = task.sample(count, length=length, seed=seed, given=given, **options)
    if out is not None:
        task.write_samples(samples, out)
    else:
        output.write(task.format_samples(samples))
