"""/v1/runs/{name}/curves: how a run was trained, live while its training goes on."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from recurra.serve.event_stream import EventStream
from recurra.serve.history.curves import Curves, curves_of
from recurra.serve.history.streams import history_of
from recurra.serve.runs import ServedRun
from recurra.serve.server import server_of

router = APIRouter(prefix="/v1/runs")

_FORMS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}


@router.get("/{name}/curves", response_model=Curves, responses=_FORMS)
async def curves(request: Request, name: str, stream: Annotated[bool, Query()] = False) -> Response:
    """Tell the losses, scores, norms of gradients and learning rates of a training; as events until it is over."""
    server = server_of(request)
    run = server.runs.get(name)
    history = await asyncio.to_thread(history_of, name, run.path)
    if not stream:
        content = curves_of(history, _loss_unit(run)).model_dump_json()
        return Response(content, media_type="application/json")
    streams = server.history_streams
    streams.begin()
    events = streams.events(name, run.path, _loss_unit(run), server.settings.request_seconds)
    return EventStream(events, streams.end)


def _loss_unit(run: ServedRun) -> str:
    return str(getattr(run.task.network, "loss_unit", "nats"))
