"""An answer that is worked on only as long as its client waits for it, and not without bound."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request
from starlette.types import Receive

from recurra.serve.errors import ApiError

T = TypeVar("T")


class ClientGone(ApiError):
    """Nobody reads the answer."""

    def __init__(self) -> None:
        super().__init__(499, "the client has closed the connection", code="client_closed_request")


async def while_connected(request: Request, work: Coroutine[Any, Any, T], seconds: float) -> T:
    """Do work until its client goes away.

    Args:
        request: whose client waits; its body was read.
        work: which is cancelled when nobody waits for it.
        seconds: that it may take; 0 sets no bound.

    Raises:
        ApiError: 503, it took longer.
        ClientGone: nobody waits any more.
    """
    watch = _Watch(request.receive)
    limit = asyncio.timeout(seconds or None)
    try:
        async with limit:
            return await work
    except asyncio.CancelledError:
        if watch.has_cancelled():
            raise ClientGone from None
        raise
    except TimeoutError:
        if limit.expired():
            raise took_too_long(seconds) from None
        raise
    finally:
        watch.end()


class _Watch:
    """Cancels the task that makes it when a client goes away; cheaper than a task for the work besides."""

    def __init__(self, receive: Receive):
        task = asyncio.current_task()
        assert task is not None
        self._task, self._has_cancelled, self._has_ended = task, False, False
        self._watching = asyncio.ensure_future(disconnected(receive))
        self._watching.add_done_callback(self._leave)

    def _leave(self, watching: "asyncio.Future[None]") -> None:
        if not (self._has_ended or watching.cancelled()):
            self._has_cancelled = True
            self._task.cancel()

    def has_cancelled(self) -> bool:
        """Whether the task was cancelled because of the client, and by nobody else."""
        return self._has_cancelled and self._task.uncancel() == 0

    def end(self) -> None:
        """Watch no more."""
        self._has_ended = True
        self._watching.cancel()


def took_too_long(seconds: float) -> ApiError:
    """What a client is told whose answer was not made in time."""
    return ApiError(503, f"the answer took longer than {seconds:g} seconds", code="timeout")


async def disconnected(receive: Receive) -> None:
    """Wait until the client of a request has gone; `receive` is the request's, whose body was read."""
    while (await receive())["type"] != "http.disconnect":
        pass
