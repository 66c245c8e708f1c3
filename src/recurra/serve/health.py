"""Whether the server can answer."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from recurra.serve.runs import Status
from recurra.serve.server import server_of

router = APIRouter()


class Health(BaseModel):
    """How the runs fare; "loading" where one is being loaded, "broken" where none can answer."""

    status: Literal["ok", "loading", "broken"]
    runs: dict[str, Status]


@router.get("/health", responses={503: {"model": Health}})
def health(request: Request, response: Response) -> Health:
    """Tell whether all runs are loaded; 503 while one is being loaded, or where none can answer."""
    statuses = server_of(request).runs.statuses()
    if "loading" in statuses.values():
        status: Literal["ok", "loading", "broken"] = "loading"
    else:
        status = "ok" if "ready" in statuses.values() else "broken"
    response.status_code = 200 if status == "ok" else 503
    return Health(status=status, runs=statuses)
