"""Headers of requests, and the start of answers, as ASGI has them."""

from collections.abc import Awaitable, Callable

from starlette.types import Message, Scope, Send


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of a name, in lower case; None where there is none."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


def has_body(scope: Scope) -> bool:
    """Whether a request brings a body, if perhaps an empty one of unknown length."""
    return header(scope, b"transfer-encoding") is not None or header(scope, b"content-length") not in (None, "0")


def at_start(send: Send, change: Callable[[Message], None]) -> Send:
    """Let the start of an answer be changed, before it is sent; the rest passes untouched.

    This is no coroutine of its own: an event of a stream costs a comparison.
    """

    def sending(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            change(message)
        return send(message)

    return sending
