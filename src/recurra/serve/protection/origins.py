"""Which pages may change something: a server's own, and those of origins that were let in.

Source: CrossOriginProtection of Go's net/http. Browsers say where a request comes from (Sec-Fetch-Site, or else
Origin); programs that are no browsers say nothing and are let in.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from recurra.errors import quote
from recurra.serve.errors import ApiError
from recurra.serve.protection.message_headers import header
from recurra.serve.protection.settings import ProtectionSettings

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Origins:
    """Refuses what pages of other sites send, but for reading.

    Args:
        app: what is asked then.
        settings: may let origins in.
    """

    def __init__(self, app: ASGIApp, settings: ProtectionSettings):
        self._app = app
        self._allowed = {origin.lower().rstrip("/") for origin in settings.cors}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on.

        Raises:
            ApiError: 403.
        """
        if scope["type"] == "http" and scope["method"] not in _SAFE_METHODS and self._is_foreign(scope):
            origin = quote(header(scope, b"origin") or "another site")
            message = f"origin: expected this server's own page, got {origin}; --cors lets an origin in"
            raise ApiError(403, message, "origin", "wrong_origin")
        await self._app(scope, receive, send)

    def _is_foreign(self, scope: Scope) -> bool:
        site, origin = header(scope, b"sec-fetch-site"), header(scope, b"origin")
        if origin is not None and ("*" in self._allowed or origin.lower() in self._allowed):
            return False
        if site is not None:
            return site not in ("same-origin", "none")
        if origin is None:
            return False
        return origin.lower().partition("://")[2] != (header(scope, b"host") or "").lower()
