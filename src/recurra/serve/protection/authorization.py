"""Who asks: the owner of an API key, or nobody who may."""

from starlette.types import ASGIApp, Receive, Scope, Send

from recurra.serve.errors import ApiError
from recurra.serve.protection.api_keys import ApiKey, ApiKeys
from recurra.serve.protection.message_headers import header
from recurra.serve.protection.open_paths import is_open

_METRICS = "/metrics"  # its route answers a client on this machine without a key


class Authorization:
    """Lets in whoever has a key, sent as `Authorization: Bearer KEY` or `X-API-Key: KEY`; notes whose it is.

    Args:
        app: what is asked then.
        keys: that are let in.
    """

    def __init__(self, app: ASGIApp, keys: ApiKeys):
        self._app, self._keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on.

        Raises:
            ApiError: 401.
        """
        if scope["type"] == "http" and not is_open(scope["path"]):
            key = self._key(scope)
            if key is not None:
                scope.setdefault("state", {}).update(owner=key.name, api_key=key)
        await self._app(scope, receive, send)

    def _key(self, scope: Scope) -> ApiKey | None:
        sent = _sent(scope)
        if sent is None:
            if scope["path"] == _METRICS:
                return None
            raise _refusal("expected an API key, as Authorization: Bearer KEY", "missing_api_key")
        key = self._keys.find(sent)
        if key is None:
            raise _refusal("expected a key that this server knows, got another", "invalid_api_key")
        return key


def _sent(scope: Scope) -> str | None:
    """The key that came with a request."""
    scheme, _, key = (header(scope, b"authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    return header(scope, b"x-api-key")


def _refusal(message: str, code: str) -> ApiError:
    return ApiError(
        401, f"authorization: {message}", "authorization", code, {"WWW-Authenticate": 'Bearer realm="recurra"'}
    )
