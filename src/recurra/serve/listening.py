"""The server process: an application that listens at an address until it is told to stop."""

import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from recurra.errors import DataError
from recurra.serve.app import create_app
from recurra.serve.protection.connections import connections
from recurra.serve.protection.log_handler import logging_to_stderr
from recurra.serve.runs import Runs
from recurra.serve.settings import ServeSettings


def listen(runs: Runs, settings: ServeSettings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; requests that have begun are finished, in bounded time.

    Args:
        runs: to serve.
        settings: of the server.
        announce: is told the address when the server listens at it.

    Raises:
        DataError: the address cannot be listened at.
    """
    config = config_of(create_app(runs, settings), settings)
    with logging_to_stderr(settings.log_format), _bound(settings.host, settings.port) as listener:
        host, port = listener.getsockname()[:2]
        announce(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        uvicorn.Server(config).run(sockets=[listener])


def config_of(app: ASGIApp, settings: ServeSettings) -> uvicorn.Config:
    """What uvicorn is told of an application and of the settings."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=max(1, round(settings.shutdown_seconds)),
        server_header=False,
        http=connections(settings),
        ws="none",
        timeout_keep_alive=max(1, round(settings.keep_alive_seconds)),
        forwarded_allow_ips=settings.proxies,
    )


def _bound(host: str, port: int) -> socket.socket:
    """A socket that listens at an address.

    Raises:
        DataError: that is not possible; says why.
    """
    try:
        return socket.create_server((host, port), family=_family(host), backlog=2048)
    except OSError as error:
        raise DataError(f"{host}:{port}: expected an address to listen at, got: {error.strerror or error}") from None


def _family(host: str) -> socket.AddressFamily:
    return socket.getaddrinfo(host, None)[0][0]
