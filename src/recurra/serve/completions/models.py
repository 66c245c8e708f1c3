"""/v1/models: what is served."""

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel

from recurra.serve.runs import ServedRun
from recurra.serve.server import server_of

router = APIRouter(prefix="/v1")


class Model(BaseModel):
    """A run as the completions API shows a model, with its job, its hash, and what goes in and comes out."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: Literal["recurra"] = "recurra"
    job: str
    hash: str
    signature: dict[str, Any] | None


class ModelList(BaseModel):
    """All runs that can answer."""

    object: Literal["list"] = "list"
    data: list[Model]


@router.get("/models")
def models(request: Request) -> ModelList:
    """List what is served."""
    return ModelList(data=[_model(run) for run in server_of(request).runs.ready])


@router.get("/models/{name}")
def model(request: Request, name: str) -> Model:
    """Show one model."""
    return _model(server_of(request).runs.get(name))


def _model(run: ServedRun) -> Model:
    try:
        signature = run.task.signature().to_json()
    except NotImplementedError:  # a job without inputs
        signature = None
    return Model(id=run.name, created=run.created, job=run.job, hash=run.model_hash, signature=signature)
