"""The application: what answers which path."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from recurra.serve import errors, health
from recurra.serve.completions import models, states, tokens
from recurra.serve.completions import routes as completions
from recurra.serve.course import routes as course
from recurra.serve.explanations import routes as explanations
from recurra.serve.explanations.explanations import Explanations
from recurra.serve.files import routes as files
from recurra.serve.files.decoders import Decoders
from recurra.serve.history import routes as history
from recurra.serve.history.streams import HistoryStreams
from recurra.serve.hugging_face import routes as hugging_face
from recurra.serve.jobs import attributions, describe
from recurra.serve.jobs.batchers import Batchers
from recurra.serve.page import routes as page
from recurra.serve.protection import metrics_route
from recurra.serve.protection.api_keys import ApiKeys
from recurra.serve.protection.authorization import Authorization
from recurra.serve.protection.bodies import Bodies
from recurra.serve.protection.content_types import ContentTypes
from recurra.serve.protection.error_answers import ErrorAnswers
from recurra.serve.protection.hosts import Hosts
from recurra.serve.protection.metrics import Metrics
from recurra.serve.protection.origins import Origins
from recurra.serve.protection.rates import RATE_HEADERS, Rates
from recurra.serve.protection.request_log import RequestLog
from recurra.serve.protection.security_headers import SecurityHeaders
from recurra.serve.runs import Runs
from recurra.serve.samples import routes as samples
from recurra.serve.server import Server
from recurra.serve.sessions import routes as sessions
from recurra.serve.sessions.sessions import Sessions
from recurra.serve.settings import ServeSettings
from recurra.serve.writing.engines import Engines
from recurra.version import __version__


def create_app(runs: Runs, settings: ServeSettings | None = None, token: str | None = None) -> FastAPI:
    """Make the application.

    Args:
        runs: to answer from; they are loaded when the application starts.
        settings: of the server.
        token: a secret that the processes of one server share; None where there is one alone.

    Raises:
        DataError: the file of API keys that they name is wrong.
    """
    chosen = settings or ServeSettings()
    app = FastAPI(
        title="Recurra",
        version=__version__,
        lifespan=_lifespan,
        docs_url=None,  # their pages load from other machines
        redoc_url=None,
        responses=errors.RESPONSES,
    )
    engines, batchers = Engines(runs, chosen), Batchers(runs, chosen)
    shared = (Sessions(chosen), Metrics(), batchers, Decoders(chosen), HistoryStreams(), Explanations(chosen, token))
    server = Server(runs, chosen, engines, *shared)
    app.state.server = server
    _watch(server)
    errors.add_handlers(app)
    _protect(app, server)
    for part in (health, metrics_route, models, completions, tokens, states, sessions):
        app.include_router(part.router)
    for part in (describe, attributions, samples, files, history, explanations, hugging_face, course, page):
        app.include_router(part.router)
    return app


def _protect(app: FastAPI, server: Server) -> None:
    """Put before the routes what every request passes; the last that is added is asked first.

    Raises:
        DataError: the file of API keys cannot be read, or has a wrong line.
    """
    settings = server.settings
    app.add_middleware(Bodies, settings=settings)
    app.add_middleware(ContentTypes)
    app.add_middleware(Rates, settings=settings)
    if settings.api_keys is not None:
        app.add_middleware(Authorization, keys=ApiKeys(settings.api_keys))
    app.add_middleware(Origins, settings=settings)
    app.add_middleware(Hosts, host=settings.host, settings=settings)
    app.add_middleware(ErrorAnswers)
    if settings.cors:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["Retry-After", "X-Request-Id", *RATE_HEADERS],
        )
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestLog, metrics=server.metrics)


def _watch(server: Server) -> None:
    """Let the metrics show what fills and empties."""
    metrics, engines, runs = server.metrics, server.engines, server.runs
    written, waiting = "Texts that are being written, or wait for it.", "Texts that wait to be begun."
    metrics.watch("texts_open", written, lambda: sum(engine.open for engine in engines.all))
    metrics.watch("texts_waiting", waiting, lambda: sum(engine.waiting for engine in engines.all))
    metrics.watch("explanations_open", "Runs that are explained, or wait.", lambda: server.explanations.open)
    metrics.watch("runs_ready", "Runs that can answer.", lambda: len(runs.ready))
    runs.on_load.append(lambda run: metrics.count_load(run.name))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    server: Server = app.state.server
    server.engines.start(asyncio.get_running_loop())
    server.runs.start()
    yield
    server.explanations.stop()
    server.runs.stop()
    server.decoders.stop()
    server.batchers.stop()
    server.engines.stop()
    server.sessions.close()
