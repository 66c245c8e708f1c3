"""Trainings told of while they go on: a bounded number of answers that look at the files of a run."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

from recurra.serve.errors import ApiError, busy
from recurra.serve.history.curves import curves_of
from recurra.training.history import History, is_quiet, read_history
from recurra.training.run import RunFolder

_MOST = 64  # answers at once
_LOOK_EVERY = 0.5  # seconds


class HistoryStreams:
    """Counts those that are open, and ends them when the server is stopped."""

    def __init__(self) -> None:
        self._open = 0
        self._stops = False

    def begin(self) -> None:
        """Take a place for one more.

        Raises:
            ApiError: 429, there are too many.
        """
        if self._open >= _MOST:
            raise busy(f"at most {_MOST} trainings can be followed at once; try again")
        self._open += 1

    def end(self) -> None:
        """Give a place back."""
        self._open -= 1

    def stop(self) -> None:
        """End all at their next look."""
        self._stops = True

    async def events(self, name: str, folder: Path, loss_unit: str, seconds: float) -> AsyncIterator[str]:
        """Tell of a training, then what is new whenever its files change, until it is over.

        Args:
            name: of the run.
            folder: of the run.
            loss_unit: what its losses are measured in.
            seconds: after which this ends in any case; 0 sets no bound.

        Yields:
            `Curves` as JSON, with the rows that no event before has had; if the training was begun anew, with all of
            the new one. If the run is deleted, an error, which is the last.
        """
        run = RunFolder(folder)
        until = asyncio.get_running_loop().time() + seconds if seconds else None
        seen, before = None, list[object]()
        while not self._stops and (until is None or asyncio.get_running_loop().time() < until):
            stamps = (stamps_of(run), is_quiet(run))
            if stamps != seen:
                try:
                    history = await asyncio.to_thread(history_of, name, folder)
                except ApiError as error:
                    yield json.dumps(error.content())
                    return
                first = len(before) if history.records[: len(before)] == before else 0
                yield curves_of(history, loss_unit, first).model_dump_json()
                if history.is_over:
                    return
                seen, before = stamps, list(history.records)
            await asyncio.sleep(_LOOK_EVERY)


def history_of(name: str, folder: Path) -> History:
    """Read what is known of the training of a run.

    Raises:
        ApiError: 409, the run is gone.
    """
    run = RunFolder(folder)
    if not run.config_file.exists():
        raise ApiError(409, f"model {name}: its run has been deleted", "model", "run_gone")
    return read_history(run)


def stamps_of(run: RunFolder) -> list[tuple[int, int, int] | None]:
    """By which one sees that a file of a training has changed, for each."""
    stamps = list[tuple[int, int, int] | None]()
    for file in (run.config_file, run.metrics_file, run.log_file):
        try:
            status = file.stat()
        except OSError:
            stamps.append(None)
        else:
            stamps.append((status.st_ino, status.st_size, status.st_mtime_ns))
    return stamps
