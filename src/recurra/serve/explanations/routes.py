"""/v1/runs/{name}/explain: what a run remembers, how its gradients fare, what its units follow, what decides."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field, StrictBool

from recurra.explain.report import PARTS
from recurra.serve.errors import ApiError, as_api_error
from recurra.serve.event_stream import EventStream
from recurra.serve.explanations.explanations import Explanations, Progress, Tell
from recurra.serve.explanations.order import Part
from recurra.serve.null_defaults import NullDefaults
from recurra.serve.real_data import is_at_hand, may_see, names_of, sources_of
from recurra.serve.runs import ServedRun
from recurra.serve.server import server_of
from recurra.serve.while_connected import while_connected
from recurra.training.run import RunFolder
from recurra.training.sampler import Sampler

router = APIRouter(prefix="/v1")

_REPEAT_AFTER = (
    15.0  # seconds without anything new, after which the last event is sent again: proxies close what is still
)
_ALL = tuple[Part, ...](PARTS)  # type: ignore[arg-type]

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "unsafe-none",  # browsers open nothing in a sandbox that asks for more
    "Cache-Control": "no-store",
}
"""Of a report: its scripts, which are in it, draw its figures, in a world of their own that reaches no server."""

_REFUSALS = {
    "not_shown": (
        403,
        "explanations show examples of the data, which this server shows to others only (--real-samples)",
    ),
    "private": (
        403,
        "explanations show examples of the data, and the run was trained so that it tells of none (epsilon)",
    ),
    "unnamed": (
        409,
        "the run was trained on data in memory, and names no files to be explained on; train it on files, or use "
        "recurra.explain.report in Python",
    ),
    "gone": (
        409,
        "the data that the run names are not on this machine; bring them back to where they were, or use "
        "`recurra explain RUN DATA`",
    ),
}


class ExplainRequest(NullDefaults):
    """What to measure, and whether to tell of it meanwhile."""

    parts: Annotated[list[Part], Field(min_length=1, max_length=len(_ALL))] = Field(list(_ALL))
    """Of the report."""
    stream: StrictBool = False
    """Tell by events how far it is; the last holds the explanation."""


class Explanation(BaseModel):
    """What was measured.

    parts: in the order of the report. html: the address of the report as a page, open to who knows it, as long as it
    is kept. report: the verdict and the numbers of each part, as `recurra explain --json` prints them, and what could
    not be measured (`omitted`), with the reason.
    """

    model: str
    model_hash: str
    parts: list[Part]
    html: str
    report: dict[str, Any]


@router.post(
    "/runs/{name}/explain",
    response_model=Explanation,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def explain(request: Request, name: str, body: ExplainRequest) -> Response:
    """Explain a run on the data that it was validated on, in a process of its own; the report is kept for a while."""
    server = server_of(request)
    run = server.runs.get(name)
    if isinstance(run.task, Sampler):
        message = f"model {run.name}: expected a run that answers, got a {run.job}, which makes samples"
        raise ApiError(400, message, "model", "wrong_job")
    if not may_see(request, server.settings):
        raise _refusal("not_shown")
    work = _Work(server.explanations, run, _names(run), tuple(part for part in _ALL if part in body.parts))
    if body.stream:
        return EventStream(work.events(), lambda: None)
    content = await while_connected(
        request, work.content(lambda progress: None), seconds=0
    )  # it has a bound of its own
    return Response(content, media_type="application/json")


@router.get("/reports/{report}", response_class=Response, responses={200: {"content": {"text/html": {}}}})
def report_page(request: Request, report: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]) -> Response:
    """Give a report as a page, which needs no network."""
    server = server_of(request)
    if not may_see(request, server.settings):
        raise _refusal("not_shown")
    html = server.explanations.reports.page(report)
    if html is None:
        message = "report: expected one that this server still keeps, got another; ask for the explanation again"
        raise ApiError(404, message, "report", "not_found")
    return Response(html, media_type="text/html", headers=PAGE_HEADERS)


def _refusal(code: str) -> ApiError:
    status, message = _REFUSALS[code]
    return ApiError(status, message, "model", code)


def _names(run: ServedRun) -> list[str]:
    """What a run is explained on, by name.

    Raises:
        ApiError: 403, it may not be shown; 409, it is not at hand.
    """
    sources = sources_of(run.task, RunFolder(run.path))
    if isinstance(sources, str):
        raise _refusal(sources)
    data = sources.valid or sources.data
    if not is_at_hand(data):
        raise _refusal("gone")
    return names_of(data)


class _Work:
    """One request's explanation, and the forms in which it is told."""

    def __init__(self, explanations: Explanations, run: ServedRun, names: Sequence[str], parts: tuple[Part, ...]):
        self._explanations, self._run, self._names, self._parts = explanations, run, names, parts

    async def content(self, tell: Tell) -> str:
        """Explain; give the `Explanation` as JSON on a line."""
        id_ = await self._explanations.explain(self._run, self._names, self._parts, tell)
        numbers = await asyncio.to_thread(self._explanations.reports.numbers, id_)
        if numbers is None:
            raise ApiError(503, "the report was removed meanwhile; ask again", code="explanation_ended")
        about = {"model": self._run.name, "model_hash": self._run.model_hash, "parts": self._parts}
        about["html"] = f"/v1/reports/{id_}"
        return f'{json.dumps(about, ensure_ascii=False)[:-1]}, "report": {numbers}}}'

    async def events(self) -> AsyncIterator[str]:
        """Explain; tell how far it is, and at last the explanation, or an error.

        Yields:
            JSON: {"state", "part", "seconds"} whenever something new is begun, and from time to time besides; then
            {"explanation"} or {"error"}.
        """
        news = asyncio.Queue[Progress | None]()
        work = asyncio.ensure_future(self.content(news.put_nowait))
        work.add_done_callback(lambda _: news.put_nowait(None))
        loop = asyncio.get_running_loop()
        began, latest = loop.time(), Progress("waiting")
        try:
            while (progress := await _next(news, latest)) is not None:
                latest = progress
                yield json.dumps(asdict(progress) | {"seconds": round(loop.time() - began, 1)})
            yield f'{{"explanation": {work.result()}}}'
        except Exception as error:
            yield json.dumps(as_api_error(error).content())
        finally:
            work.cancel()


async def _next(news: "asyncio.Queue[Progress | None]", latest: Progress) -> Progress | None:
    """What comes next, or the latest again; None at the end."""
    try:
        return await asyncio.wait_for(news.get(), _REPEAT_AFTER)
    except TimeoutError:
        return latest
