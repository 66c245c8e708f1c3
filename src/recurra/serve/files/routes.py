"""/v1/runs/{name}/files: what a run answers to a file of sound or video, or of series."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from recurra.serve.errors import ApiError
from recurra.serve.files import answering
from recurra.serve.files.body import file_of
from recurra.serve.jobs.describe import Answers
from recurra.serve.protection.uploads import FORM
from recurra.serve.server import server_of
from recurra.serve.while_connected import while_connected
from recurra.tasks.classification.description import MOST_BEGINNINGS

router = APIRouter(prefix="/v1/runs")

_FILE = {"type": "string", "format": "binary"}
_BODY: dict[str, Any] = {
    FORM: {"schema": {"type": "object", "properties": {"file": _FILE}, "required": ["file"]}},
    "application/octet-stream": {"schema": _FILE},
    "audio/*": {"schema": _FILE},
    "video/*": {"schema": _FILE},
    "text/csv": {"schema": {"type": "string"}},
}


class FileAnswers(Answers):
    """One answer to a sound or a video; to a table one to each series, with what this is called."""

    names: list[str] | None = None


@router.post(
    "/{name}/files", response_model=FileAnswers, openapi_extra={"requestBody": {"required": True, "content": _BODY}}
)
async def files(
    request: Request,
    name: str,
    beginnings: Annotated[int | None, Query(ge=0, le=MOST_BEGINNINGS)] = None,
    per_frame: Annotated[bool | None, Query()] = None,
) -> Response:
    """Answer a file: a sound, with what would be answered to so many beginnings of it, a video, by frame, or series."""
    server = server_of(request)
    run = server.runs.get(name)
    order = answering.order_of(run, server.settings)
    chosen = {"beginnings": beginnings, "per_frame": per_frame}
    _refuse_unknown(request, chosen)
    options = answering.options_of(run, chosen)

    async def answer() -> dict[str, Any]:
        decoded = await server.decoders.decode(order, file)
        answers = await answering.answers(server, run, decoded, options)
        return {"answers": answers} | ({"names": decoded.names} if decoded.names else {})

    with await file_of(request) as file:
        return JSONResponse(await while_connected(request, answer(), server.settings.request_seconds))


def _refuse_unknown(request: Request, known: dict[str, Any]) -> None:
    for name in request.query_params:
        if name not in known:
            expected = ", ".join(known)
            raise ApiError(400, f"{name}: expected one of {expected}, got another option", name, "unknown_option")
