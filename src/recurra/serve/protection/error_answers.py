"""Errors of whatever lies within, as answers."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recurra.serve.errors import as_api_error
from recurra.serve.protection.message_headers import at_start


class ErrorAnswers:
    """Answers errors in the API's form; one that comes after the answer has begun closes the connection.

    Args:
        app: that may raise.
    """

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        has_begun = False

        def begin(message: Message) -> None:
            nonlocal has_begun
            has_begun = True

        try:
            await self._app(scope, receive, at_start(send, begin))
        except Exception as error:
            if has_begun:
                raise
            await as_api_error(error).response()(scope, receive, send)
