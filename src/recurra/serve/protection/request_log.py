"""A line of the log for every request, and its share of the metrics.

Of what a client sends nothing is told but the method, the path as its route declares it, and the field `user`.
"""

import logging
import time
from collections.abc import Awaitable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recurra.serve.protection.metrics import Metrics
from recurra.serve.protection.request_id import REQUEST_ID, id_of

log = logging.getLogger(__name__)

_NO_ROUTE = "none"
_GONE = 499  # no answer was begun: its client went away


class RequestLog:
    """Notes what became of requests.

    A route may note `symbols`, how many were written, and `user` in the request's state.

    Args:
        app: that answers.
        metrics: that count.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics):
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and note it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        answer = _Answer(id_of(scope), send)
        token = REQUEST_ID.set(answer.id)
        try:
            with self._metrics.open.track_inprogress():
                await self._app(scope, receive, answer.send)
        finally:
            self._note(scope, answer)
            REQUEST_ID.reset(token)

    def _note(self, scope: Scope, answer: "_Answer") -> None:
        seconds = time.perf_counter() - answer.began
        state = scope.get("state", {})
        path = path_of(scope)
        self._metrics.count(scope["method"], path, answer.status, seconds)
        if answer.first_event is not None:
            self._metrics.count_stream(answer.first_event - answer.began)
        symbols = state.get("symbols")
        if symbols:
            self._metrics.count_symbols(symbols)
        fields = {
            "method": scope["method"],
            "path": path,
            "status": answer.status,
            "seconds": round(seconds, 6),
            "owner": state.get("owner"),
            "user": state.get("user"),
            "symbols": symbols,
            "client": (scope.get("client") or (None,))[0],
        }
        log.info("request", extra={"fields": {name: value for name, value in fields.items() if value is not None}})


class _Answer:
    """What is seen of an answer on its way to the client."""

    def __init__(self, request_id: str, send: Send):
        self.id, self._send = request_id, send
        self.began = time.perf_counter()
        self.status = _GONE
        self.first_event: float | None = None  # of a stream of events, when it was sent
        self._awaits_event = False

    def send(self, message: Message) -> Awaitable[None]:
        """Hand a message on; of an event of a stream this is all that is done."""
        if message["type"] == "http.response.start":
            self._begin(message)
        elif self._awaits_event:
            self._awaits_event = False
            self.first_event = time.perf_counter()
        return self._send(message)

    def _begin(self, message: Message) -> None:
        self.status = message["status"]
        headers: list[Any] = list(message.get("headers", ()))
        self._awaits_event = any(value.startswith(b"text/event-stream") for _, value in headers)
        message["headers"] = [*headers, (b"x-request-id", self.id.encode())]


def path_of(scope: Scope) -> str:
    """The path as the route that answered declares it, "none" where no route did."""
    return getattr(scope.get("route"), "path", None) or _NO_ROUTE
