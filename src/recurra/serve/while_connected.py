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

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), ()


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
    task = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(disconnected(request.receive))
    try:
        await asyncio.wait([task, watching], timeout=seconds or None, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        if watching.done():
            raise ClientGone
        raise took_too_long(seconds)
    finally:
        for each in (task, watching):
            each.cancel()


def took_too_long(seconds: float) -> ApiError:
    """What a client is told whose answer was not made in time."""
    return ApiError(503, f"the answer took longer than {seconds:g} seconds", code="timeout")


async def disconnected(receive: Receive) -> None:
    """Wait until the client of a request has gone; `receive` is the request's, whose body was read."""
    while (await receive())["type"] != "http.disconnect":
        pass
