"""One thread a run that answers the inputs of all requests which wait, many in one call.

The answer to an input is, to the last bit, the one that it has alone, whatever is beside it: inputs are joined only
where the job computes each in an order of its own (`Task.is_batch_invariant`), and answered one by one elsewhere. A
large request is cut into portions, between which others have their turn and one whose client has gone is dropped.
Work whose clients have all gone ends at its next step, where its loop asks for that (`interruption`).
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from recurra.errors import DataError
from recurra.interruption import Interrupted, while_wanted
from recurra.kernels.batch_invariance import batch_invariant
from recurra.serve.errors import ApiError, busy, stopping
from recurra.serve.run_threads import RunThread
from recurra.training.task import Task

log = logging.getLogger(__name__)

_AT_ONCE = 64  # inputs

Verb = Callable[..., Sequence[Any]]
"""What is asked of a run: of its task, a list of inputs and options by name, an answer to each input."""


def describe(task: Task[Any, Any], inputs: list[Any], **options: Any) -> Sequence[Any]:
    """Answer inputs as the task's `describe` does each of them alone."""
    with batch_invariant():  # in which nothing has gradients, so that it is no frame of other verbs
        return task.describe(inputs, **options)


@dataclass(eq=False)
class Call:
    """What one request asks of a run.

    Attributes:
        verb: that is asked; only calls of the same are joined.
        inputs: to answer, one or more.
        options: of the verb; only calls of equal ones are joined.
        answered: set, in the loop of the request, when all inputs are answered, to the answers.
        answers: those that are there.
        is_cancelled: whether nobody waits for it any more.
    """

    verb: Verb
    inputs: Sequence[Any]
    options: dict[str, Any]
    answered: asyncio.Future[list[Any]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    answers: list[Any] = field(default_factory=list)
    error: Exception | None = None
    is_cancelled: bool = False

    def joins(self, other: "Call") -> bool:
        """Whether its inputs can be answered together with those of another."""
        return self.verb is other.verb and self.options == other.options

    def settle(self) -> None:
        """Tell the request what became of it; to be called in its loop."""
        if self.answered.done():
            return
        if self.error is not None:
            self.answered.set_exception(self.error)
        else:
            self.answered.set_result(self.answers)


Portion = list[tuple[Call, Sequence[Any]]]
"""Calls, and the inputs of each that are to be answered now."""


class Batcher(RunThread):
    """Answers the inputs of requests to one run.

    Args:
        task: of the run.
        most_waiting: calls that may wait; more are refused.
        threads: as of `RunThread`.
    """

    def __init__(self, task: Task[Any, Any], most_waiting: int, threads: int = 0):
        super().__init__(threads)
        self._task, self._most_waiting = task, most_waiting
        self._at_once = _AT_ONCE if task.is_batch_invariant else 1
        self._waiting: deque[Call] = deque()
        self._start()

    # --- called in the event loop ------------------------------------------------------------------------------------

    async def describe(self, inputs: Sequence[Any], options: dict[str, Any]) -> list[Any]:
        """Answer inputs, as the task's `describe` answers each of them; see `ask`."""
        return await self.ask(describe, inputs, options)

    async def ask(self, verb: Verb, inputs: Sequence[Any], options: dict[str, Any]) -> list[Any]:
        """Answer inputs by a verb; stop when cancelled.

        Raises:
            ApiError: 429, too many calls wait; 503, the server is being stopped.
            DataError: an input is not as expected.
        """
        if not inputs:
            return []
        call = Call(verb, inputs, options)
        with self._changed:
            self._require_open()
            if len(self._waiting) > self._most_waiting:
                raise busy("too many requests wait for this run; try again")
            self._waiting.append(call)
            self._changed.notify()
        try:
            return await call.answered
        finally:
            call.is_cancelled = True

    # --- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while portion := self._next():
            self._answer(portion)
            settled = [call for call, _ in portion if call.error or len(call.answers) == len(call.inputs)]
            if settled:
                _settle(settled)
        for call in self._waiting:
            call.error = stopping()
        _settle(list(self._waiting))

    def _next(self) -> Portion:
        """Wait for calls; give what is to be answered next, nothing when there will be no more."""
        with self._changed:
            while not self._stops:
                while self._waiting and (self._waiting[0].is_cancelled or self._waiting[0].error):
                    self._waiting.popleft()
                if self._waiting:
                    return self._portion()
                if self._closes:
                    return []
                self._changed.wait()
            return []

    def _portion(self) -> Portion:
        """Of the calls that wait the first, and those that join it, as far as there is room."""
        first, room = self._waiting[0], self._at_once
        portion: Portion = []
        others: deque[Call] = deque()
        unfinished: list[Call] = []
        while self._waiting and room:
            call = self._waiting.popleft()
            if call.is_cancelled:
                continue
            if not call.joins(first):
                others.append(call)
                continue
            start = len(call.answers)
            inputs = call.inputs[start : start + room]
            portion.append((call, inputs))
            room -= len(inputs)
            if start + len(inputs) < len(call.inputs):
                unfinished.append(call)
        self._waiting.extendleft(reversed(others))
        self._waiting.extend(unfinished)  # behind the others, which have their turn first
        return portion

    def _answer(self, portion: Portion) -> None:
        """Answer inputs of several calls together; where that fails, one by one, so that only who is at fault fails."""
        inputs = [each for _, of_call in portion for each in of_call]
        try:
            with while_wanted(lambda: not self._stops and any(not call.is_cancelled for call, _ in portion)):
                answers = iter(self._ask(portion[0][0], inputs))
        except Interrupted:
            for call, _ in portion:
                call.error = stopping()
            return
        except Exception as error:
            if len(inputs) == 1:
                _fail(portion[0][0], error)
            else:
                self._answer_apart(portion)
            return
        for call, of_call in portion:
            call.answers += [next(answers) for _ in of_call]

    def _answer_apart(self, portion: Portion) -> None:
        for call, inputs in portion:
            for each in inputs:
                try:
                    call.answers += self._ask(call, [each])
                except Exception as error:
                    _fail(call, error)
                    break

    def _ask(self, call: Call, inputs: list[Any]) -> list[Any]:
        return list(call.verb(self._task, inputs, **call.options))


def _fail(call: Call, error: Exception) -> None:
    """Let a call fail, with the number of the input that is at fault, from 0."""
    if isinstance(error, DataError):
        place = f"inputs.{len(call.answers)}"
        error = ApiError(400, f"{place}: {error}", param=place, code="invalid_value")
    elif not isinstance(error, ApiError):
        log.exception("a call failed", exc_info=error)
    call.error = error


def _settle(calls: list[Call]) -> None:
    """Tell requests what became of their calls; all of a loop at once."""

    def settle() -> None:
        for call in calls:
            call.settle()

    if calls:
        try:
            calls[0].answered.get_loop().call_soon_threadsafe(settle)
        except RuntimeError:  # the loop is closed: nobody waits
            log.debug("answers came too late")
