"""How often somebody may ask.

Source: the headers are those of OpenAI's API.
"""

import ipaddress
import math
from collections.abc import Hashable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recurra.serve.errors import ApiError
from recurra.serve.protection.api_keys import ApiKey
from recurra.serve.protection.message_headers import at_start
from recurra.serve.protection.open_paths import is_open
from recurra.serve.protection.settings import ProtectionSettings
from recurra.serve.protection.token_buckets import Allowance, TokenBuckets

RATE_HEADERS = ("X-RateLimit-Limit-Requests", "X-RateLimit-Remaining-Requests", "X-RateLimit-Reset-Requests")


class Rates:
    """Refuses requests of an API key, or of an address where no key is asked for, beyond so many a minute.

    Args:
        app: what is asked then.
        settings: how many, where the line of a key does not say it.
    """

    def __init__(self, app: ASGIApp, settings: ProtectionSettings):
        self._app, self._settings = app, settings
        self._buckets = TokenBuckets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on.

        Raises:
            ApiError: 429.
        """
        if scope["type"] != "http" or is_open(scope["path"]):
            return await self._app(scope, receive, send)
        owner, per_minute = self._bound(scope)
        if not per_minute:
            return await self._app(scope, receive, send)
        allowance = self._buckets.take(owner, per_minute)
        headers = _headers(per_minute, allowance)
        if not allowance.passes:
            headers["Retry-After"] = str(math.ceil(allowance.seconds_to_next))
            message = f"expected at most {per_minute:,} requests a minute; try again later"
            raise ApiError(429, message, code="rate_limit_exceeded", headers=headers)
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

        def add(message: Message) -> None:
            message["headers"] = [*message.get("headers", ()), *raw]

        return await self._app(scope, receive, at_start(send, add))

    def _bound(self, scope: Scope) -> tuple[Hashable, int]:
        """Who asks, and how many requests a minute they may send; 0 sets no bound."""
        key: ApiKey | None = scope.get("state", {}).get("api_key")
        if key is None:
            return _network(scope), self._settings.requests_per_minute
        return key, key.requests_per_minute or self._settings.requests_per_minute


def _network(scope: Scope) -> Hashable:
    """The address that asks; of IPv6 the network, since whoever has one address there has 2^64."""
    client = scope.get("client") or ("", 0)
    try:
        address = ipaddress.ip_address(client[0])
    except ValueError:
        return client[0]
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or int(address) >> 64
    return address


def _headers(per_minute: int, allowance: Allowance) -> dict[str, str]:
    values = (str(per_minute), str(allowance.remaining), f"{allowance.seconds_to_full:.3f}s")
    return dict(zip(RATE_HEADERS, values, strict=True))
