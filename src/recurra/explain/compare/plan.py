"""Which trainings a comparison is made of: each network at each length with each seed."""

import inspect
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from recurra.data.generated.catalogue import GENERATED, generated
from recurra.errors import DataError, quote, require_count
from recurra.explain.compare import network_name
from recurra.explain.compare.config import ComparedConfig
from recurra.explain.compare.training_job import TrainingJob
from recurra.nn.cells import CELLS, Cell
from recurra.settings.check import build

_SHORTEST = 10  # steps of the shortest sequences that a training sees, where lengths may differ
_LARGEST = 4096  # units of a network that is to have so many parameters


@dataclass(frozen=True)
class Plan:
    """The trainings of a comparison.

    Attributes:
        networks: their names.
        lengths: rising.
        jobs: the trainings.
        metric: the score that is drawn, see `Comparison`.
        is_local: whether a class is among the networks that no other process can import.
    """

    networks: list[str]
    lengths: list[int]
    jobs: list[TrainingJob]
    metric: str
    is_local: bool


def plan(
    cells: Sequence[Any],
    task: str,
    lengths: Sequence[int],
    seeds: int,
    folder: Path,
    *,
    steps: int,
    parameters: int | None,
    shortest: int | None,
    is_regression: bool,
    overwrite: bool,
    settings: dict[str, Any],
) -> Plan:
    """Make the trainings of a comparison, and refuse what cannot be trained before any begins.

    Args:
        cells, task, lengths, seeds, steps, parameters, shortest, is_regression, overwrite: see `compare`.
        folder: that holds the runs.
        settings: more of `ComparedConfig`.

    Raises:
        DataError: a network, the task, a length or a setting is not as expected; or the folder holds other trainings.
    """
    names, is_local = _network_names(cells)
    rising = _rising(lengths)
    require_count("seeds", seeds, most=1000)
    require_count("steps", steps)
    first_seed = settings.pop("seed", 1)
    is_generated = _is_generated(task)
    jobs = list[TrainingJob]()
    for length in rising:
        for name in names:
            chosen = settings | _settings_of_network(name) | {"length": length}
            if is_generated:
                chosen |= _settings_of_task(task, length, shortest, steps, settings)
                is_regression = not GENERATED[task].classes
            config: ComparedConfig = build(ComparedConfig, chosen)
            job = TrainingJob(config, "" if is_generated else task, is_regression, folder, overwrite)
            if not is_generated:
                job = _with_epochs(job, steps)
            if parameters is not None:
                job = replace(job, config=replace(job.config, hidden_size=_hidden_size(job, parameters)))
            jobs += [replace(job, config=replace(job.config, seed=first_seed + number)) for number in range(seeds)]
    for job in jobs:
        job.refuse_other_settings()
    metric = GENERATED[task].metric if is_generated else "squared error" if is_regression else "accuracy"
    return Plan(names, rising, jobs, metric, is_local)


def _settings_of_network(name: str) -> dict[str, Any]:
    """The settings that the name of a network says."""
    clips = "clip" in network_name.parse(name).options
    return {"network_name": name, "clip_norm": 1.0 if clips else 0.0}


def _network_names(cells: Sequence[Any]) -> tuple[list[str], bool]:
    """The names of networks, and whether one of them is known in this process alone."""
    if not cells:
        raise DataError("cells: expected at least one network, got none")
    names, is_local = [], False
    for cell in cells:
        if isinstance(cell, str | os.PathLike):
            name = os.fspath(cell)
        elif inspect.isclass(cell) and issubclass(cell, Cell):
            name, is_known_here_alone = _name_of_class(cell)
            is_local = is_local or is_known_here_alone
        else:
            raise DataError(f"cells: expected names, or subclasses of recurra.nn.cells.Cell, got {quote(cell)}")
        network_name.parse(name)
        if name in names:
            raise DataError(f"cells: expected each network once, got {quote(name)} twice")
        names.append(name)
    return names, is_local


def _name_of_class(cell: type[Cell]) -> tuple[str, bool]:
    """A name that finds a class again, and whether in this process alone."""
    known = next((name for name, other in CELLS.items() if other is cell), None)
    if known is not None:
        return known, True  # in the table of this process
    if cell.__module__ != "__main__" and "<locals>" not in cell.__qualname__ and "." not in cell.__qualname__:
        return f"{cell.__module__}:{cell.__name__}", False
    CELLS[cell.__name__] = cell
    return cell.__name__, True


def _rising(lengths: Sequence[int]) -> list[int]:
    """Lengths in rising order, each once."""
    if not lengths:
        raise DataError("lengths: expected at least one, got none")
    for length in lengths:
        require_count("lengths", length)
    return sorted({int(length) for length in lengths})


def _is_generated(task: str) -> bool:
    """Whether a task is generated, and not a file or data set that somebody named."""
    if not isinstance(task, str | os.PathLike):
        raise DataError(f"task: expected one of {', '.join(GENERATED)}, a file or a data set, got {quote(task)}")
    return task in GENERATED and not Path(task).is_file()


def _settings_of_task(
    task: str, length: int, shortest: int | None, steps: int, settings: dict[str, Any]
) -> dict[str, Any]:
    """The settings that a generated task of a length needs."""
    if shortest is None:
        shortest = min(length, _SHORTEST) if GENERATED[task].has_unequal_lengths else 0
    shortest = min(shortest, length)
    if 0 < shortest < GENERATED[task].least_length:
        shortest = 0
    generated(task, length, shortest)  # refuses what there is not
    steps_per_epoch = min(settings.get("steps_per_epoch", ComparedConfig.steps_per_epoch), steps)
    epochs = -(-steps // steps_per_epoch)
    return {
        "task": task,
        "shortest": shortest,
        "per_step": GENERATED[task].per_step,
        "steps_per_epoch": steps_per_epoch,
        "epochs": epochs,
    }


def _with_epochs(job: TrainingJob, steps: int) -> TrainingJob:
    """A training on a person's own data of about so many steps."""
    data = job.prepared()
    epochs = -(-steps // data.steps_per_epoch(0))
    return replace(job, config=replace(job.config, epochs=epochs))


def _hidden_size(job: TrainingJob, parameters: int) -> int:
    """The units that give a network a number of parameters as close as can be.

    Raises:
        DataError: one unit has more already, or the largest network fewer.
    """
    require_count("parameters", parameters)
    count = job.parameter_counter()
    if count(1) > parameters or count(_LARGEST) < parameters:
        raise DataError(
            f"parameters: expected {count(1):,} to {count(_LARGEST):,} for {job.config.network_name}, "
            f"got {parameters:,}"
        )
    least, most = 1, _LARGEST
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (middle, most) if count(middle) <= parameters else (least, middle)
    return min((least, most), key=lambda size: abs(count(size) - parameters))
