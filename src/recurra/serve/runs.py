"""The runs that a server answers from: loaded once each, and again when a training has written better weights."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from recurra import tasks
from recurra.errors import DataError
from recurra.serve.errors import ApiError
from recurra.settings.answering_precision import AnsweringPrecision
from recurra.training.run import RunFolder
from recurra.training.task import Task

log = logging.getLogger(__name__)

Status = Literal["loading", "ready", "broken"]

_LOOK_EVERY = 1.0  # seconds between looks at the files of the runs


@dataclass(frozen=True, eq=False)
class ServedRun:
    """A run as it is served.

    name: which clients call it by. path: its folder. task: the fitted task. model_hash: SHA-256 over settings,
    what turns data into numbers, and weights. created: when its weights were written, in seconds since 1970.
    """

    name: str
    path: Path
    task: Task[Any, Any]
    model_hash: str
    created: int

    @property
    def job(self) -> str:
        """The name of its job."""
        return self.task.name


class Runs:
    """Runs by name.

    Args:
        folders: of the runs; each is called by the last part of its path.
        precision: in which they answer.

    Raises:
        DataError: two folders have the same name.
    """

    def __init__(self, folders: Sequence[Path], precision: AnsweringPrecision = "float32"):
        self._precision = precision
        self._folders: dict[str, Path] = {}
        for folder in folders:
            name = folder.resolve().name
            if name in self._folders:
                raise DataError(f"{folder}: expected runs of different names, got {name!r} twice")
            self._folders[name] = folder
        self._runs: dict[str, ServedRun] = {}
        self._faults: dict[str, str] = {}
        self._seen: dict[str, tuple[int, int]] = {}  # times of config.json and weights, at the last try
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.on_load: list[Callable[[ServedRun], None]] = []
        """Called with each run when it was loaded, anew too."""

    @property
    def folders(self) -> list[Path]:
        """Those of all runs."""
        return list(self._folders.values())

    def start(self) -> None:
        """Load the runs, and look from time to time whether one has changed, in a thread."""
        self._thread = threading.Thread(target=self._watch, name="runs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def load_all(self) -> None:
        """Load what is new or has changed."""
        for name, folder in self._folders.items():
            seen = _times(folder)
            if self._seen.get(name) != seen:
                self._load(name, folder)
                self._seen[name] = seen

    def _watch(self) -> None:
        while not self._stopped.is_set():
            self.load_all()
            self._stopped.wait(_LOOK_EVERY)

    def _load(self, name: str, folder: Path) -> None:
        """Load a run; where that fails and there is an earlier state of it, that one goes on."""
        began = time.perf_counter()
        try:
            before = _times(folder)
            task = tasks.load(folder).reduce_precision(self._precision)
            run = ServedRun(name, folder, task, model_hash(folder), before[1] // 1_000_000_000)
            if _times(folder) != before:
                return  # written meanwhile: the next look finds it changed
        except Exception as error:  # whatever is wrong with this run, the others are served
            self._faults[name] = str(error)
            log.warning("run %s: %s", name, error)
            return
        self._runs[name] = run
        self._faults.pop(name, None)
        log.info("run %s: loaded in %.2f s, %s, %s", name, time.perf_counter() - began, run.job, run.model_hash[:12])
        for call in self.on_load:
            call(run)

    def statuses(self) -> dict[str, Status]:
        """How each run fares."""
        return {name: self._status(name) for name in self._folders}

    def _status(self, name: str) -> Status:
        if name in self._runs:
            return "ready"
        return "broken" if name in self._faults else "loading"

    @property
    def ready(self) -> list[ServedRun]:
        """Those that can answer, in the order in which they were named."""
        return [self._runs[name] for name in self._folders if name in self._runs]

    def get(self, name: str, job: str | None = None) -> ServedRun:
        """Find a run.

        Args:
            name: of the run.
            job: that it must be of.

        Raises:
            ApiError: 404, there is none; 503, it is being loaded or is broken; 400, it is of another job.
        """
        if name not in self._folders:
            known = ", ".join(self._folders)
            raise ApiError(404, f"model: expected one of {known}, got {name[:80]!r}", "model", "model_not_found")
        run = self._runs.get(name)
        if run is None and name in self._faults:
            raise ApiError(503, f"model {name}: cannot be opened; the server's log says why", "model", "model_broken")
        if run is None:
            raise ApiError(503, f"model {name}: is being loaded", "model", "model_loading", {"Retry-After": "1"})
        if job is not None and run.job != job:
            raise ApiError(400, f"model {name}: expected a {job}, got a {run.job}", "model", "wrong_job")
        return run


def _times(folder: Path) -> tuple[int, int]:
    """When settings and weights of a run were written, in nanoseconds; 0 where they are not there."""
    run = RunFolder(folder)
    times = []
    for file in (run.config_file, run.weights_file):
        try:
            times.append(file.stat().st_mtime_ns)
        except OSError:
            times.append(0)
    return times[0], times[1]


def model_hash(folder: Path) -> str:
    """SHA-256 of what a run is: settings and symbols as config.json names them, and the weights.

    Raises:
        DataError, OSError: a file of it cannot be read.
    """
    run = RunFolder(folder)
    total = hashlib.sha256()
    config = run.read_config()
    for part in (config["task"], sorted(config["settings"].items()), sorted(config["files"].items())):
        total.update(repr(part).encode())
    with run.weights_file.open("rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return total.hexdigest()
