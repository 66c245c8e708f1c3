"""/v1/runs/{name}/sample, /real and /generator: what a generator makes, real samples beside it, and what it is."""

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel

from recurra.serve.real_data import may_see
from recurra.serve.samples.accept import chosen_type
from recurra.serve.samples.kind import JSON
from recurra.serve.samples.kinds import MEDIA_TYPES, generator_of
from recurra.serve.samples.making import Order, make
from recurra.serve.samples.real import MOST, RealOrder, Reason, none_for, show
from recurra.serve.samples.report import Report, report_of
from recurra.serve.samples.request import ClipType, SampleRequest
from recurra.serve.samples.series import described
from recurra.serve.server import server_of
from recurra.serve.while_connected import while_connected
from recurra.tasks.series_gan.task import TimeSeriesGAN

router = APIRouter(prefix="/v1/runs")


class Column(BaseModel):
    """A column of series. cells: whether they are numbers or texts. is_context: whether it is constant in a series."""

    name: str
    kind: str
    role: str
    cells: str
    categories: list[str]
    is_context: bool


class Clip(BaseModel):
    """A clip: its file in base64, frames, their rate a second and their size in pixels."""

    media_type: ClipType
    frames: int
    rate: float
    height: int
    width: int
    file: str


class Content(BaseModel):
    """Samples: of series `columns` and of each series its rows, of cells by column; or `lines`; or `clips`."""

    job: str
    columns: list[Column] | None = None
    series: list[list[list[float | str | None]]] | None = None
    lines: list[str] | None = None
    clips: list[Clip] | None = None


class Samples(Content):
    """Made samples, and the seed that makes them again."""

    seed: int


class Missing(BaseModel):
    """Why there are no real samples: a word that can be compared, and the same for people."""

    code: Reason
    message: str


class RealContent(Content):
    """Real samples. is_held_out: whether nothing was learnt from them. missing: why there are none."""

    seed: int | None = None
    is_held_out: bool | None = None
    missing: Missing | None


class Generator(BaseModel):
    """What a generator makes.

    longest: steps of the longest sample where no length is named. most: steps of one request, over all samples.
    labels: classes that can be asked for. options: fields of a request besides count, length and seed. columns, rules:
    of series. media_types: of answers besides JSON. report: as `recurra evaluate` has left it.
    """

    job: str
    longest: int
    most: int
    labels: list[str]
    options: list[str]
    columns: list[Column] | None
    rules: list[str]
    media_types: list[str]
    report: Report | None


_FORMS: dict[str, Any] = {media_type: {} for media_type in MEDIA_TYPES}


@router.post("/{name}/sample", response_model=Samples, responses={200: {"content": _FORMS}})
async def sample(
    request: Request, name: str, body: SampleRequest, accept: Annotated[str | None, Header()] = None
) -> Response:
    """Make series, lines or clips, as JSON or in the form that the Accept header asks for."""
    server = server_of(request)
    run = server.runs.get(name)
    _, kind = generator_of(run)
    media_type = chosen_type(accept, [JSON, *kind.media_types])
    seeded = body if body.seed is not None else body.model_copy(update={"seed": secrets.randbelow(1 << 32)})
    order = Order(kind, seeded, media_type, kind.most(server.settings))
    work = server.batchers.of(run).ask(make, [order], {})
    [content] = await while_connected(request, work, server.settings.request_seconds)
    return Response(content, media_type=media_type)


@router.get("/{name}/real", response_model=RealContent)
async def real(
    request: Request,
    name: str,
    count: Annotated[int, Query(ge=1, le=MOST)] = 8,
    seed: Annotated[int, Query(ge=0, lt=2**32)] = 0,
    clip_type: ClipType | None = None,
) -> Response:
    """Give real samples of the data of a run, held out from its training where it held out some."""
    server = server_of(request)
    run = server.runs.get(name)
    _, kind = generator_of(run)
    if not may_see(request, server.settings):
        return Response(none_for(run.job, "not_shown"), media_type=JSON)
    order = RealOrder(run, kind, count, seed, SampleRequest(clip_type=clip_type))
    work = server.batchers.of(run).ask(show, [order], {})
    [content] = await while_connected(request, work, server.settings.request_seconds)
    return Response(content, media_type=JSON)


@router.get("/{name}/generator")
def generator(request: Request, name: str) -> Generator:
    """Tell what a generator makes, what may be asked of it, and how good it was found to be."""
    server = server_of(request)
    run = server.runs.get(name)
    task, kind = generator_of(run)
    encoding = task.encoding if isinstance(task, TimeSeriesGAN) else None
    return Generator(
        job=run.job,
        longest=task.longest,
        most=kind.most(server.settings),
        labels=list(kind.labels(task)),
        options=sorted(task.sample_options),
        columns=None if encoding is None else [Column(**described(column)) for column in encoding.columns],
        rules=[] if encoding is None else [str(rule) for rule in encoding.rules],
        media_types=list(kind.media_types),
        report=report_of(run.path),
    )
