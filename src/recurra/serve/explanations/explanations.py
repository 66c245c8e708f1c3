"""Runs explained for clients: one at a time, over all processes of the server, each report made once."""

import asyncio
import logging
import os
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from recurra.serve.errors import ApiError, busy, stopping
from recurra.serve.explanations import explainer
from recurra.serve.explanations.locks import try_lock
from recurra.serve.explanations.order import Order, Part
from recurra.serve.explanations.reports import Reports
from recurra.serve.explanations.settings import ExplanationSettings
from recurra.serve.runs import ServedRun

log = logging.getLogger(__name__)

_MOST_OPEN = 8  # requests that are explained or wait
_LOOK_EVERY = 0.2  # seconds between looks whether it is one's turn

State = Literal["waiting", "opening", "measuring", "writing"]


@dataclass(frozen=True)
class Progress:
    """How far an explanation is; part: what is being measured, where something is."""

    state: State
    part: Part | None = None


Tell = Callable[[Progress], None]


class Explanations:
    """Explains runs.

    Args:
        settings: of the server.
        token: a secret that the processes of one server share; None where there is one alone.
    """

    def __init__(self, settings: ExplanationSettings, token: str | None = None):
        self._seconds = settings.explain_seconds
        self.reports = Reports(token or secrets.token_hex(32))
        self._work = set[asyncio.Task[None]]()
        self._stops = False

    @property
    def open(self) -> int:
        """Runs that are being explained, or wait for it."""
        return len(self._work)

    async def explain(self, run: ServedRun, names: Sequence[str], parts: Sequence[Part], tell: Tell) -> str:
        """Explain a run, unless its report is kept; when cancelled, nothing more is computed.

        Args:
            run: to explain.
            names: of its data.
            parts: what to measure.
            tell: called whenever it has come a step further.

        Returns:
            The number of the report.

        Raises:
            ApiError: 400, it cannot be explained; 429, too many wait; 503, it took too long, failed or was stopped.
        """
        id_ = self.reports.id_of((run.model_hash, run.name, parts, *map(_stamp, names)))
        if self.reports.has(id_):
            return id_
        if self._stops:
            raise stopping()
        if self.open >= _MOST_OPEN:
            raise busy(f"at most {_MOST_OPEN} runs wait to be explained; try again")
        work = asyncio.ensure_future(self._in_turn(id_, run, parts, tell))
        self._work.add(work)
        try:
            await work
        except asyncio.CancelledError:
            if self._stops:
                raise stopping() from None
            raise
        finally:
            work.cancel()
            self._work.discard(work)
        return id_

    def stop(self) -> None:
        """Give up what is not done, and forget all reports; to be called in the event loop."""
        self._stops = True
        for work in self._work:
            work.cancel()
        self.reports.remove()

    async def _in_turn(self, id_: str, run: ServedRun, parts: Sequence[Part], tell: Tell) -> None:
        try:
            self.reports.open()
            async with self._turn(tell):
                if not self.reports.has(id_):
                    await self._measure(id_, run, parts, tell)
                    self.reports.trim()
        except OSError as error:
            log.error("reports cannot be kept: %s", error)
            raise explainer.unavailable() from None

    async def _measure(self, id_: str, run: ServedRun, parts: Sequence[Part], tell: Tell) -> None:
        json_file, html_file = map(str, self.reports.files(id_))
        order = Order(run.name, str(run.path.resolve()), run.model_hash, tuple(parts), json_file, html_file)
        tell(Progress("opening"))

        def begin(part: Part | None) -> None:
            tell(Progress("writing") if part is None else Progress("measuring", part))

        try:
            async with asyncio.timeout(self._seconds):
                await explainer.explain(order, begin)
        except TimeoutError:
            raise self._slow() from None

    def _slow(self) -> ApiError:
        text = (
            f"explaining this took longer than {self._seconds:g} seconds; ask for fewer parts, or see --explain-seconds"
        )
        return ApiError(503, text, "parts", "timeout")

    @asynccontextmanager
    async def _turn(self, tell: Tell) -> AsyncIterator[None]:
        """Wait until nobody else explains, in whatever process of the server."""
        handle = os.open(self.reports.folder / "turn", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not try_lock(handle):
                tell(Progress("waiting"))
                while not try_lock(handle):
                    await asyncio.sleep(_LOOK_EVERY)
            yield
        finally:
            os.close(handle)


def _stamp(name: str) -> tuple[str, int, int]:
    """By which one sees that a file of data has changed."""
    try:
        status = os.stat(name)
    except OSError:  # a data set, which never changes
        return name, 0, 0
    return name, status.st_mtime_ns, status.st_size
