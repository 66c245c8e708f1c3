"""What all requests of one process share."""

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from recurra.serve.explanations.explanations import Explanations
from recurra.serve.files.decoders import Decoders
from recurra.serve.history.streams import HistoryStreams
from recurra.serve.jobs.batchers import Batchers
from recurra.serve.protection.metrics import Metrics
from recurra.serve.runs import Runs
from recurra.serve.sessions.sessions import Sessions
from recurra.serve.settings import ServeSettings
from recurra.serve.writing.engines import Engines


@dataclass
class Server:
    """The runs, the settings, and what was made of them."""

    runs: Runs
    settings: ServeSettings
    engines: Engines
    sessions: Sessions
    metrics: Metrics
    batchers: Batchers
    decoders: Decoders
    history_streams: HistoryStreams
    explanations: Explanations


def server_of(request: Request) -> Server:
    """The server that a request has come to."""
    return cast(Server, request.app.state.server)


def owner_of(request: Request) -> str:
    """Whose request this is: the name of its API key, "" where no keys are asked for."""
    return str(getattr(request.state, "owner", ""))
