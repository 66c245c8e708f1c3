"""Headers that tell browsers what an answer may not do."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recurra.serve.protection.message_headers import at_start

SECURITY_HEADERS = {
    b"content-security-policy": b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"microphone=(self), camera=(self), geolocation=(), payment=(), usb=()",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}
"""What every answer has, unless its route says otherwise: the page has a policy of what it may load."""


class SecurityHeaders:
    """Adds them to every answer.

    Args:
        app: that answers.
    """

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self._app(scope, receive, at_start(send, _add) if scope["type"] == "http" else send)


def _add(message: Message) -> None:
    headers = list(message.get("headers", ()))
    present = {name.lower() for name, _ in headers}
    message["headers"] = headers + [pair for pair in SECURITY_HEADERS.items() if pair[0] not in present]
