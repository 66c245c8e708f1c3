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
    """Make samples like those that a generator has learnt from.

    Parameters
    ----------
    run
        Run folder of a job that makes samples.
    count
        Samples to make.
    length
        Steps of each; by default as the job has learnt.
    seed
        Makes the result repeatable.
    given
        File of what the samples go on from, or have in common with it.
    out
        File or folder to write; by default what is text goes to standard output.
    temperature
        Below 1 safer, above 1 bolder.
    label
        Class that the samples are of.
    content_seed
        Of what is in made clips, where it is to be that of another seed.
    motion_seed
        Of how it moves there.
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
