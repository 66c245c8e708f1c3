"""/metrics, for whoever watches the server: from this machine, or with an API key."""

from fastapi import APIRouter, Request, Response

from recurra.serve.errors import ApiError
from recurra.serve.protection.hosts import is_here
from recurra.serve.protection.metrics import CONTENT_TYPE
from recurra.serve.server import owner_of, server_of

router = APIRouter()


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """Show counts and times.

    Raises:
        ApiError: 403, the client is on another machine and has no key.
    """
    if not (is_here(request) or owner_of(request)):
        raise ApiError(403, "metrics: expected a client on this machine, or an API key", code="not_here")
    return Response(server_of(request).metrics.text(), media_type=CONTENT_TYPE)
