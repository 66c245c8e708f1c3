"""Networks trained on one task, side by side: what each remembers, how long it takes, and what that shows."""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recurra.errors import DataError, require_count
from recurra.explain.compare import claims, trainings
from recurra.explain.compare.comparison import Comparison
from recurra.explain.compare.plan import plan
from recurra.explain.compare.training_result import TrainingResult

__all__ = ["Comparison", "compare"]


def compare(
    cells: Sequence[Any] = ("mlp", "rnn", "lstm", "gru"),
    task: str | os.PathLike[str] = "adding",
    lengths: Sequence[int] = (10, 50, 100, 200),
    *,
    seeds: int = 1,
    steps: int = 2000,
    parameters: int | None = None,
    shortest: int | None = None,
    regression: bool = False,
    runs: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    workers: int | None = None,
    progress: bool = True,
    **settings: Any,
) -> Comparison:
    """Train networks on a task of several lengths, and compare what they remember.

    Args:
        cells: names: "mlp" (it sees the last `window` steps), a cell in `recurra.nn.cells.CELLS` such as "rnn", "lstm"
            or "gru", "bigru" for two directions, "unitary" (`recurra.nn.unitary`), "module:Class" or "file.py" for a
            cell of your own; after a name "+clip", "+orthogonal", "+identity", "+chrono" or "+norm". Or subclasses of
            `recurra.nn.cells.Cell`.
        task: a generated one, see `recurra.data.generated.catalogue.GENERATED`; or what a classifier or a regressor
            learns from: a file or a named data set.
        lengths: of a generated task; other sequences are cut to so many steps.
        seeds: trainings of each network at each length, which differ in their seed alone.
        steps: batches that each training learns from at most; it ends before when it has solved the task.
        parameters: gives every network about so many; None gives each `hidden_size` units.
        shortest: the lengths of a generated task within a batch are drawn between this and the length; None takes 10,
            where the task allows it; 0 draws all alike. What is scored has the full length.
        regression: whether the answers in a file are numbers to be met, and not classes.
        runs: folder that receives a run for each training, so that an interrupted comparison goes on where it was; None
            keeps nothing.
        overwrite: whether runs with other settings in that folder may be replaced.
        workers: trainings at once, a process and a thread each; None takes as many as there are cores.
        progress: whether to report on standard error.
        settings: more of the trainings: `max_minutes` of each, `hidden_size`, `batch_size`, `learning_rate`, `window`,
            `growing`, `seed` of the first and what else `recurra.explain.compare.config.ComparedConfig` has.

    Returns:
        The comparison: printed it is a table and what that shows; it has figures and numbers.

    Raises:
        DataError: a network, the task, a length or a setting is not as expected.
        KeyboardInterrupt: somebody interrupted; with `runs`, all is saved.
    """
    if workers is not None:
        require_count("workers", workers, most=1024)
    with tempfile.TemporaryDirectory(prefix="recurra-compare-") as nowhere:
        folder = Path(nowhere if runs is None else runs)
        planned = plan(
            list(cells),
            os.fspath(task),
            list(lengths),
            seeds,
            folder,
            steps=steps,
            parameters=parameters,
            shortest=shortest,
            is_regression=regression,
            overwrite=overwrite,
            settings=settings,
        )
        _make(folder)
        at_once = 1 if planned.is_local else min(workers or trainings.cores(), len(planned.jobs))
        results = []
        for result in trainings.run_all(planned.jobs, at_once):
            results.append(result)
            if progress:
                print(_line(result, planned.metric, len(results), len(planned.jobs)), file=sys.stderr, flush=True)
    order = {name: position for position, name in enumerate(planned.networks)}
    results.sort(key=lambda result: (result.length, order[result.network], result.seed))
    return Comparison(os.fspath(task), planned.networks, planned.lengths, results, planned.metric)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: expected a folder that can be made, got: {error.strerror or error}") from error


def _line(result: TrainingResult, metric: str, number: int, count: int) -> str:
    """What a training came to, in a line."""
    score = claims.score(result, metric)
    shown = "diverged" if score is None else f"{metric} {score:.4g} (chance {claims.chance(result, metric):.4g})"
    solved = ", solved" if result.is_solved else ""
    where = f"{result.network}, length {result.length}, seed {result.seed}"
    return f"{number}/{count}  {where}: {shown}{solved}, {result.steps} steps, {result.seconds:.0f} s"
