"""By which names a server may be called.

A page of another site can have its own name point at 127.0.0.1 (DNS rebinding) and then ask, as if it were at home, a
server on its reader's machine; such requests carry the foreign name.
"""

import ipaddress

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from recurra.errors import quote
from recurra.serve.errors import ApiError
from recurra.serve.protection.settings import ProtectionSettings


class Hosts:
    """Refuses requests that call the server by a foreign name.

    Args:
        app: what is asked then.
        host: the address that the server listens at.
        settings: may allow further names.
    """

    def __init__(self, app: ASGIApp, host: str, settings: ProtectionSettings):
        self._app = app
        self._allowed = {name.lower() for name in settings.allowed_hosts} | {host.lower()}
        self._allows_all = not settings.allowed_hosts and not is_loopback(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on.

        Raises:
            ApiError: 421.
        """
        if scope["type"] == "http" and not self._allows_all:
            for name, value in scope["headers"]:
                if name == b"host":
                    self._require(host_name(value.decode("latin-1")))
        await self._app(scope, receive, send)

    def _require(self, name: str) -> None:
        if name not in self._allowed and not is_loopback(name):
            message = f"host: expected a name of this server, got {quote(name)}; --allowed-hosts adds one"
            raise ApiError(421, message, "host", "wrong_host")


def host_name(value: str) -> str:
    """The name in a Host header, without the port and without the brackets of an IPv6 address."""
    value = value.strip().lower()
    if value.startswith("["):
        return value[1:].partition("]")[0]
    return value.partition(":")[0].removesuffix(".")


def is_here(request: Request) -> bool:
    """Whether the client of a request is on this machine."""
    return request.client is not None and is_loopback(request.client.host)


def is_loopback(name: str) -> bool:
    """Whether a name or an address is always that of the machine itself."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
