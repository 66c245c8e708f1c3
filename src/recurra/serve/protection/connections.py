"""A connection that waits for nothing without bound: uvicorn's own, with limits that it lacks.

Held are the time and the size of a request's headers, the time in which a client takes what is sent to it, and how
many connections are open: where more come, those give way that have been idle for longest. So a thousand connections
that say nothing keep nobody else out, and are gone after `header_seconds`.
"""

import asyncio
from functools import partial

from starlette.responses import JSONResponse
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from recurra.serve.errors import ApiError
from recurra.serve.protection.security_headers import SECURITY_HEADERS
from recurra.serve.protection.settings import ProtectionSettings


class Connection(HttpToolsProtocol):
    """A connection of a client.

    Args:
        settings: the limits.
        idle: all connections that wait for a request, the one that has waited longest first.
        options: of uvicorn.
    """

    def __init__(self, settings: ProtectionSettings, idle: "dict[Connection, None]", **options: object):
        super().__init__(**options)  # type: ignore[arg-type]
        self._settings, self._idle = settings, idle
        self._timer: asyncio.TimerHandle | None = None  # until the headers of a request have come
        self._write_timer: asyncio.TimerHandle | None = None
        self._is_in_headers, self._header_bytes = False, 0
        self._refusal: ApiError | None = None
        self._answered: RequestResponseCycle | None = None

    # --- how many --------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, if need be in the place of another."""
        super().connection_made(transport)
        if len(self.connections) > self._settings.max_connections:
            longest_idle = next(iter(self._idle), self)
            longest_idle.transport.abort()
            self._idle.pop(longest_idle, None)
            if longest_idle is self:
                return
        self._idle[self] = None
        self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._idle.pop(self, None)
        self._stop_waiting()
        self.resume_writing()
        if self._answered is not None:  # uvicorn tells only the request that came last
            self._answered.disconnected = True
            self._answered.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Begin to answer; of requests that came together one after the other."""
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    # --- headers ---------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._is_in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > self._settings.max_header_bytes:
                self._refuse(self._too_large())
        if self in self._idle and self._timer is None:
            self._wait_for_headers()

    def on_message_begin(self) -> None:
        """Begin with a request."""
        self._is_in_headers, self._header_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin to answer, unless the headers are too large."""
        self._is_in_headers = False
        self._stop_waiting()
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._settings.max_header_bytes:
            self._refusal = self._too_large()
            raise self._refusal  # uvicorn answers with `send_400_response`
        self._idle.pop(self, None)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End a request; where its answer has gone out before, wait for the next."""
        super().on_message_complete()
        if self.cycle.response_complete:
            self._stop_waiting()
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_response_complete(self) -> None:
        """Wait for another request, unless one waits already."""
        has_more = bool(self.pipeline)
        super().on_response_complete()
        if not has_more and not self.transport.is_closing():
            self._idle[self] = None

    def _wait_for_headers(self) -> None:
        self._timer = self.loop.call_later(self._settings.header_seconds, self._headers_are_late)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _headers_are_late(self) -> None:
        """Close; with a word where a request has begun to come."""
        self._timer = None
        if self._is_in_headers:
            expected = f"expected them within {self._settings.header_seconds:g} seconds"
            self._refuse(ApiError(408, f"headers: {expected}", code="headers_too_slow"))
        self.transport.close()

    # --- what cannot be answered by the application ----------------------------------------------------------------

    def _too_large(self) -> ApiError:
        most = self._settings.max_header_bytes
        return ApiError(431, f"headers: expected at most {most:,} bytes, got more", code="headers_too_large")

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request of HTTP."""
        self._refuse(self._refusal or ApiError(400, msg, code="invalid_http"))

    def _refuse(self, error: ApiError) -> None:
        """Answer with an error, and close."""
        if self.cycle is None or self.cycle.response_complete:  # else another answer is on its way
            self.transport.write(_answer(error))
        self.transport.close()

    # --- writing ---------------------------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        """Wait until the client has taken what was sent, for some time."""
        super().pause_writing()
        if self._write_timer is None:
            self._write_timer = self.loop.call_later(self._settings.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
        super().resume_writing()


def connections(settings: ProtectionSettings) -> type[asyncio.Protocol]:
    """What uvicorn makes connections by."""
    return partial(Connection, settings, {})  # type: ignore[return-value]


def _answer(error: ApiError) -> bytes:
    """An error as bytes of HTTP."""
    response = JSONResponse(error.content())
    headers = [*response.raw_headers, *SECURITY_HEADERS.items(), (b"connection", b"close")]
    lines = [name + b": " + value + b"\r\n" for name, value in headers]
    return STATUS_LINE[error.status] + b"".join(lines) + b"\r\n" + bytes(response.body)
