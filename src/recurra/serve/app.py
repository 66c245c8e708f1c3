"""The application: what answers which path."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from recurra.serve import errors, health
from recurra.serve.completions import models, tokens
from recurra.serve.completions import routes as completions
from recurra.serve.runs import Runs
from recurra.serve.server import Server
from recurra.serve.settings import ServeSettings
from recurra.serve.writing.engines import Engines
from recurra.version import __version__


def create_app(runs: Runs, settings: ServeSettings | None = None) -> FastAPI:
    """Make the application.

    Args:
        runs: to answer from; they are loaded when the application starts.
        settings: of the server.
    """
    chosen = settings or ServeSettings()
    app = FastAPI(
        title="Recurra",
        version=__version__,
        lifespan=_lifespan,
        docs_url=None,  # their pages load from other machines
        redoc_url=None,
    )
    app.state.server = Server(runs, chosen, Engines(runs, chosen))
    errors.add_handlers(app)
    for part in (health, models, completions, tokens):
        app.include_router(part.router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    server: Server = app.state.server
    server.engines.start(asyncio.get_running_loop())
    server.runs.start()
    yield
    server.runs.stop()
    server.engines.stop()
