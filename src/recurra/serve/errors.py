"""Errors as clients of the completions API know them: {"error": {"message", "type", "param", "code"}}."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from recurra.errors import DataError

log = logging.getLogger(__name__)

_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "server_error",
    503: "service_unavailable_error",
}


class ErrorContent(BaseModel):
    """What went wrong: for people, as a kind, by the field that is at fault, and as a word that can be compared."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorAnswer(BaseModel):
    """The body of every answer that is an error."""

    error: ErrorContent


RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorAnswer, "description": "The request is refused."},
    "5XX": {"model": ErrorAnswer, "description": "The server cannot answer now."},
}
"""Of every operation, for the description of the API."""


_RETRY = {"Retry-After": "1"}


class ApiError(Exception):
    """What a client is told went wrong.

    Args:
        status: of HTTP.
        message: what was expected and what came.
        param: the field of the request that is at fault.
        code: a word that a program can compare.
        headers: of the answer, such as Retry-After.
    """

    def __init__(
        self,
        status: int,
        message: str,
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ):
        super().__init__(message)
        self.status, self.message, self.param, self.code = status, message, param, code
        self.headers = headers or {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it be carried from one process to another."""
        return type(self), (self.status, self.message, self.param, self.code, self.headers)

    def content(self) -> dict[str, Any]:
        """The body of the answer."""
        kind = _TYPES.get(self.status, "invalid_request_error")
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}

    def response(self) -> JSONResponse:
        """The answer."""
        return JSONResponse(self.content(), self.status, self.headers)


def busy(message: str) -> ApiError:
    """What a client is told that is to try again soon."""
    return ApiError(429, message, code="busy", headers=_RETRY)


def stopping() -> ApiError:
    """What a client is told whose answer will not be made."""
    return ApiError(503, "the server is being stopped", code="stopping", headers=_RETRY)


def as_api_error(error: Exception) -> ApiError:
    """What a client is told of an error; nothing of one that lies within the program."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, DataError):
        name = str(error).partition(":")[0]
        return ApiError(400, str(error), param=name if name.isidentifier() else None)
    log.error("a request failed", exc_info=error)
    return ApiError(500, "the server failed to answer; its log says why", code="internal_error")


def add_handlers(app: FastAPI) -> None:
    """Let an application answer errors in this form, whatever raises them."""
    app.add_exception_handler(ApiError, _answer)
    app.add_exception_handler(DataError, _answer)
    app.add_exception_handler(Exception, _answer)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)


async def _answer(request: Request, error: Exception) -> JSONResponse:
    return as_api_error(error).response()


async def _answer_invalid(request: Request, error: Exception) -> JSONResponse:
    """A body that is not as the description says: the first fault, by the name of its field."""
    assert isinstance(error, RequestValidationError)
    fault = error.errors()[0]
    place = ".".join(str(part) for part in fault["loc"][1:])
    message = f"{place}: {fault['msg']}" if place else fault["msg"]
    return ApiError(400, message, param=place or None, code=fault["type"]).response()


async def _answer_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    return ApiError(error.status_code, f"{request.url.path}: {error.detail}", headers=headers).response()
