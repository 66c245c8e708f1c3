"""Bodies of requests: bounded in bytes and in time, whatever their headers say of them.

A body of JSON is read before the application is asked, so that a slow or endless one costs it nothing; a file is handed
on as it comes.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recurra.serve.errors import ApiError
from recurra.serve.protection.message_headers import has_body, header
from recurra.serve.protection.settings import ProtectionSettings
from recurra.serve.protection.uploads import upload_of
from recurra.serve.while_connected import ClientGone


class Bodies:
    """Refuses bodies that are too large, too slow, or too many at once.

    Args:
        app: what is asked then.
        settings: the bounds.
    """

    def __init__(self, app: ASGIApp, settings: ProtectionSettings):
        self._app, self._settings = app, settings
        self._held = 0  # bytes of all open requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, with its body.

        Raises:
            ApiError: 413, 408 or 503.
        """
        if scope["type"] != "http" or not has_body(scope):
            return await self._app(scope, receive, send)
        upload = upload_of(scope["path"])
        is_large = upload is not None and upload.is_large
        body = _Body(self, receive, *self._bounds(is_large))
        body.require_length(header(scope, b"content-length"))
        try:
            if is_large:
                await body.pass_to(self._app, scope, send)
            else:
                await self._app(scope, replayed(await body.read(), receive), send)
        finally:
            self._held -= body.size

    def _bounds(self, is_large: bool) -> tuple[int, float]:
        settings = self._settings
        if is_large:
            return settings.max_upload_bytes, settings.upload_seconds
        return settings.max_body_bytes, settings.body_seconds

    def hold(self, size: int) -> None:
        """Count bytes that have come.

        Raises:
            ApiError: 503, there are too many of all requests together.
        """
        self._held += size
        if self._held > self._settings.max_held_bytes:
            message = "too much is being sent to the server; try again"
            raise ApiError(503, message, code="busy", headers={"Retry-After": "1"})


class _Body:
    """The body of one request; `most` bytes, which must come within `seconds`."""

    def __init__(self, bodies: Bodies, receive: Receive, most: int, seconds: float):
        self._bodies, self._receive, self._most, self._seconds = bodies, receive, most, seconds
        self._until = asyncio.get_running_loop().time() + seconds
        self._is_complete = False
        self._refusal: ApiError | None = None
        self.size = 0

    def require_length(self, length: str | None) -> None:
        """Refuse by the length that the headers name, before anything is read.

        Raises:
            ApiError: 413.
        """
        if length is not None and int(length) > self._most:
            raise self._too_large(f"{int(length):,}")

    async def read(self) -> bytes:
        """Wait for the whole body.

        Raises:
            ApiError: 413, 408 or 503.
            ClientGone: it will never be whole.
        """
        parts = []
        while not self._is_complete:
            message = await self.next()
            if message["type"] == "http.disconnect":
                raise ClientGone
            parts.append(message.get("body", b""))
        return b"".join(parts)

    async def next(self) -> Message:
        """Wait for the next piece.

        Raises:
            ApiError: as of `read`.
        """
        if self._is_complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            expected = f"expected it within {self._seconds:g} seconds"
            raise ApiError(408, f"body: {expected}", code="body_too_slow", headers={"Connection": "close"}) from None
        if message["type"] == "http.request":
            self._is_complete = not message.get("more_body", False)
            self._count(len(message.get("body", b"")))
        return message

    def _count(self, size: int) -> None:
        self.size += size
        self._bodies.hold(size)
        if self.size > self._most:
            raise self._too_large("more")

    def _too_large(self, size: str) -> ApiError:
        return ApiError(413, f"body: expected at most {self._most:,} bytes, got {size}", code="body_too_large")

    async def pass_to(self, app: ASGIApp, scope: Scope, send: Send) -> None:
        """Hand the body to an application piece by piece.

        Raises:
            ApiError: as of `read`, whatever the application makes of it, unless it has begun to answer.
        """
        has_begun = False

        async def receiving() -> Message:
            try:
                return await self.next()
            except ApiError as error:
                self._refusal = error
                raise

        async def sending(message: Message) -> None:
            nonlocal has_begun
            if self._refusal is None or has_begun:
                has_begun = True
                await send(message)

        try:
            await app(scope, receiving, sending)
        finally:
            if self._refusal is not None and not has_begun:
                raise self._refusal


def replayed(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read, whole, and then what comes after it."""
    has_begun = False

    async def receiving() -> Message:
        nonlocal has_begun
        if has_begun:
            return await receive()
        has_begun = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving
