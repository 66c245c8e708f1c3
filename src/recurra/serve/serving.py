"""One process that answers at a socket until it is told to stop, and stops in order."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp
from uvicorn.server import HANDLED_SIGNALS

from recurra.serve.protection.connections import connections
from recurra.serve.server import Server
from recurra.serve.settings import ServeSettings

_LAST_WORDS = 3  # seconds in which answers that were given up say so


def serve_at(listener: socket.socket, app: FastAPI, settings: ServeSettings) -> None:
    """Answer until SIGTERM or SIGINT comes; requests that have begun are finished, in bounded time."""
    # Of this thread, and those that load runs, which compute little: where more threads of OpenMP live than there are
    # cores, those that write do not wait for each other awake any more, and take twice as long for a symbol.
    torch.set_num_threads(1)
    _OrderlyServer(config_of(app, settings), app.state.server).run(sockets=[listener])


def config_of(app: ASGIApp, settings: ServeSettings) -> uvicorn.Config:
    """What uvicorn is told of an application and of the settings."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=round(settings.shutdown_seconds) + _LAST_WORDS,
        server_header=False,
        http=connections(settings),
        ws="none",
        timeout_keep_alive=max(1, round(settings.keep_alive_seconds)),
        forwarded_allow_ips=settings.proxies,
    )


class _OrderlyServer(uvicorn.Server):
    """Gives texts up in time for their readers to be told, and does not die of the signal that stops it."""

    def __init__(self, config: uvicorn.Config, server: Server):
        super().__init__(config)
        self._server = server

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more requests, and finish those that have begun."""
        self._server.history_streams.stop()
        self._server.explanations.stop()  # one may take long, and can be asked for again
        giving_up = asyncio.create_task(self._give_up())
        await super().shutdown(sockets)
        giving_up.cancel()

    async def _give_up(self) -> None:
        await asyncio.sleep(self._server.settings.shutdown_seconds)
        await asyncio.to_thread(self._server.engines.stop)  # streams end with an error event

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal; uvicorn's own would raise it again, and end the process by it."""
        before = {number: signal.signal(number, self.handle_exit) for number in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
