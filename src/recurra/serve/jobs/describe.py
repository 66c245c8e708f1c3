"""/v1/runs/{name}/describe: the verb of every job, by its signature."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from recurra.serve.jobs import generation
from recurra.serve.jobs.describing import checks_of
from recurra.serve.runs import ServedRun
from recurra.serve.server import Server, server_of
from recurra.serve.while_connected import while_connected

router = APIRouter(prefix="/v1/runs")

_LARGE = 1 << 16  # bytes of a body from which on looking at it takes so long that others would wait


class DescribeRequest(BaseModel):
    """Inputs, as the run's signature says (`/v1/models`), and its options beside them."""

    model_config = ConfigDict(extra="allow")

    inputs: list[Any]


class Answers(BaseModel):
    """An answer to each input, as the run's signature says."""

    answers: list[Any]


@router.post("/{name}/describe", response_model=Answers)
async def describe(request: Request, name: str, body: DescribeRequest) -> Response:
    """Answer inputs by a run: label words, translate, classify, write, as its job does."""
    server = server_of(request)
    run = server.runs.get(name)
    options = body.model_extra or {}
    await require(request, run, body.inputs, options)
    work = answer(server, run, body.inputs, options)
    return JSONResponse({"answers": await while_connected(request, work, server.settings.request_seconds)})


async def require(request: Request, run: ServedRun, inputs: Sequence[Any], options: Mapping[str, Any]) -> None:
    """Refuse inputs and options that the run's signature or the server's settings do not allow.

    Raises:
        ApiError: 400, something is not as expected.
    """
    settings, checks = server_of(request).settings, checks_of(run)
    if len(await request.body()) < _LARGE:
        checks.require(inputs, options, settings)
    else:
        await run_in_threadpool(checks.require, inputs, options, settings)


async def answer(server: Server, run: ServedRun, inputs: Sequence[Any], options: Mapping[str, Any]) -> list[Any]:
    """Answer inputs that were checked; stop when cancelled."""
    if run.job == "language-model":
        return await generation.describe(server, run, inputs, options)
    return await server.batchers.of(run).describe(inputs, dict(options))
