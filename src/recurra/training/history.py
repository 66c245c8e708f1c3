"""What a training has written of itself so far, also while it goes on in another process."""

import json
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from recurra.data.files.regular_file import read_bytes
from recurra.errors import DataError
from recurra.training.adversarial_health import TROUBLES
from recurra.training.lock import is_locked
from recurra.training.run import RunFolder

# Lines of train.log, as `progress.Reporter` writes them behind the time.
_STEP = re.compile(r"(?:epoch \d+  )?step (\d+)/(\d+)  ")
_BEST = re.compile(r"epoch \d+  step (\d+)/\d+  training .*\(best\)$")
_TIME = len("2000-01-01 00:00:00  ")
_QUIET = 60.0  # seconds; a training writes a line at least every ten, if its steps are not longer


@dataclass(frozen=True)
class History:
    """A training so far.

    Attributes:
        records: of each evaluation its scores, with "epoch" and "step".
        best_step: at which the weights that are kept were found; None where that is not known.
        step: the last that was told of; None before the first.
        total_steps: of the whole training; None where that is not known.
        is_over: whether nothing more comes, unless somebody goes on with the training.
        is_interrupted: whether it is not over, but nothing goes on with it.
        troubles: of two players, by name and in words, in their order; see `adversarial_health`.
    """

    records: list[dict[str, Any]]
    best_step: int | None
    step: int | None
    total_steps: int | None
    is_over: bool
    is_interrupted: bool
    troubles: dict[str, str]


def read_history(run: RunFolder) -> History:
    """Read metrics.jsonl and train.log of a run; what is missing, or half written, is left out."""
    records = [record for line in _lines(run, "metrics") if (record := _record(line)) is not None]
    lines = [line[_TIME:] for line in _lines(run, "log")]
    best_step = step = total_steps = None
    troubles = dict[str, str]()
    for line in lines:
        if match := _STEP.match(line):
            step, total_steps = int(match[1]), int(match[2])
        if match := _BEST.match(line):
            best_step = int(match[1])
        troubles |= {name: line for name, beginning in TROUBLES.items() if line.startswith(beginning)}
    has_stopped = bool(lines) and lines[-1].startswith("stopped ")
    is_over = has_stopped or step == total_steps  # both None: nothing was told
    is_interrupted = not is_over and (lines[-1].startswith("interrupted ") or is_quiet(run))
    last = records[-1]["step"] if records else None
    if step is None or (last is not None and last > step):
        step = last
    return History(records, best_step, step, total_steps, is_over, is_interrupted, troubles)


def is_quiet(run: RunFolder) -> bool:
    """Whether nothing was written for a while, and no training on this machine holds the folder."""
    times = [0.0]
    for file in (run.metrics_file, run.log_file):
        with suppress(OSError):
            times.append(file.stat().st_mtime)
    return time.time() - max(times) > _QUIET and not is_locked(run.path)


def _lines(run: RunFolder, which: str) -> list[str]:
    """The whole lines of a file; what stands behind the last line end is still being written."""
    file = {"metrics": run.metrics_file, "log": run.log_file}[which]
    try:
        text = read_bytes(file, "lines").decode("utf-8", "replace")
    except DataError:
        return []
    return text.split("\n")[:-1]


def _record(line: str) -> dict[str, Any] | None:
    """An evaluation; None where the line holds none."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    is_whole = isinstance(record, dict) and all(type(record.get(name)) is int for name in ("epoch", "step"))
    return record if is_whole else None
