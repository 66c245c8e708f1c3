"""What bodies may be of: JSON, but for the paths that take files.

A form of another site's page can send text and forms to a server on its reader's machine without being asked; JSON it
cannot.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from recurra.errors import quote
from recurra.serve.errors import ApiError
from recurra.serve.protection.message_headers import has_body, header
from recurra.serve.protection.uploads import JSON, upload_of


class ContentTypes:
    """Refuses bodies of other types than their path takes.

    Args:
        app: what is asked then.
    """

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on.

        Raises:
            ApiError: 415.
        """
        if scope["type"] == "http":
            _require_type(scope)
        await self._app(scope, receive, send)


def _require_type(scope: Scope) -> None:
    content_type = header(scope, b"content-type")
    if content_type is None and not has_body(scope):
        return
    media_type = (content_type or "").partition(";")[0].strip().lower()
    upload = upload_of(scope["path"])
    is_taken = media_type == JSON if upload is None else upload.takes(media_type)
    if not is_taken:
        expected = JSON if upload is None else " or ".join(upload.media_types)
        got = "none" if content_type is None else quote(media_type)
        raise ApiError(415, f"content-type: expected {expected}, got {got}", "content-type", "wrong_content_type")
