"""A server at an address, in one process or several, until it is told to stop."""

import socket
from collections.abc import Callable

from recurra.errors import DataError
from recurra.serve.app import create_app
from recurra.serve.protection.api_keys import ApiKeys
from recurra.serve.protection.log_handler import logging_to_stderr
from recurra.serve.runs import Runs
from recurra.serve.serving import serve_at
from recurra.serve.settings import ServeSettings
from recurra.serve.workers import Workers


def listen(runs: Runs, settings: ServeSettings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; requests that have begun are finished, in bounded time.

    Args:
        runs: to serve.
        settings: of the server.
        announce: is told the address when the server listens at it.

    Raises:
        DataError: the address cannot be listened at, or the file of API keys is wrong.
    """
    with logging_to_stderr(settings.log_format), _bound(settings.host, settings.port) as listener:
        if settings.api_keys is not None:
            ApiKeys(settings.api_keys)  # said before anything else is done, if it is wrong
        host, port = listener.getsockname()[:2]
        announce(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        if settings.workers > 1:
            Workers(runs.folders, settings, listener).run()
        else:
            serve_at(listener, create_app(runs, settings), settings)


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
