"""Several trainings that differ in their seed alone: what a score is worth is told by its spread."""

import json
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from recurra.data.files import atomic
from recurra.errors import DataError
from recurra.training import claim, processes
from recurra.training.run import RunFolder
from recurra.training.task import Task

SUMMARY = "seeds.json"


def fit_seeds(
    make: Callable[[int], Task[Any, Any]],
    seeds: Sequence[int],
    out: Path,
    overwrite: bool,
    fit: Callable[[Task[Any, Any], Path], Any],
) -> dict[str, dict[str, float]]:
    """Train once with each seed, and sum up the scores of the best weights.

    Args:
        make: gives a task with a seed.
        seeds: which.
        out: folder that receives a run folder for each, `seed-1` and so on, and the summary.
        overwrite: whether runs that are there may be replaced.
        fit: trains a task into a folder.

    Returns:
        For each score its "mean", "deviation" (of the sample, 0 for one seed), "least" and "most"; and in `seeds.json`
        those of each seed, too.

    Raises:
        DataError: the folder holds something else, or a run that may not be replaced.
    """
    for seed in (seeds[0], seeds[-1]):  # what is out of range is refused before the first training
        if make(seed).config.seed != seed:
            raise DataError(f"seed: expected trainings that differ by it, got {make(seed).config.seed} for {seed}")
    folders = {seed: out / f"seed-{seed}" for seed in seeds}
    main = processes.rank() == 0
    if main:
        _refuse_taken(out, folders, overwrite)
    scores = {}
    for seed, folder in folders.items():
        task = make(seed)
        fit(task, folder)
        scores[seed] = task.scores_
    summary = {name: _spread([scores[seed][name] for seed in seeds]) for name in scores[seeds[0]]}
    if main:
        content = {"seeds": {str(seed): scores[seed] for seed in seeds}, "summary": summary}
        atomic.write_text(out / SUMMARY, json.dumps(content, indent=2) + "\n")
    return summary


def _refuse_taken(out: Path, folders: dict[int, Path], overwrite: bool) -> None:
    """Refuse a folder before the first training, and not after it."""
    if RunFolder(out).config_file.exists():
        raise DataError(f"{out}: expected a folder for several runs, got one that holds a run; give another --out")
    others = [path.name for path in out.iterdir() if not _is_ours(path)] if out.is_dir() else []
    if others:
        claim.refuse_foreign(out)
    for folder in folders.values():
        RunFolder(folder).refuse_if_taken(overwrite)


def _is_ours(path: Path) -> bool:
    return path.name == SUMMARY or path.name.startswith("seed-")


def _spread(values: Sequence[float]) -> dict[str, float]:
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return {"mean": statistics.fmean(values), "deviation": deviation, "least": min(values), "most": max(values)}
