"""/models/{name}: a run as a task of Hugging Face."""

import base64
import binascii
import json
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from recurra.serve.errors import ApiError
from recurra.serve.event_stream import EventStream
from recurra.serve.files.body import nameless
from recurra.serve.hugging_face import classification, tokens, translation
from recurra.serve.hugging_face.answers import Answer
from recurra.serve.hugging_face.generation import Generation
from recurra.serve.hugging_face.parameters import (
    ClassificationParameters,
    ModelRequest,
    TextGenerationParameters,
    TokenClassificationParameters,
    TranslationParameters,
    validated,
)
from recurra.serve.protection.uploads import BYTES, JSON
from recurra.serve.runs import ServedRun
from recurra.serve.server import server_of
from recurra.serve.while_connected import while_connected

router = APIRouter(prefix="/models")

_FILE = {"type": "string", "format": "binary"}
_BODY: dict[str, Any] = {
    JSON: {"schema": ModelRequest.model_json_schema()},
    **{media_type: {"schema": _FILE} for media_type in (BYTES, "audio/*", "video/*")},
}
_EVENTS: dict[str, Any] = {"text/event-stream": {}}


@router.post(
    "/{name}",
    response_model=Answer,
    responses={200: {"content": _EVENTS}},
    openapi_extra={"requestBody": {"required": True, "content": _BODY}},
)
async def answer(request: Request, name: str) -> Response:
    """Answer by a run: text, token, audio or video classification, translation, or text generation, as its job is."""
    server = server_of(request)
    run = server.runs.get(name)
    body = await request.body()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    asked = _asked(body) if media_type == JSON else None
    if asked is not None and run.job == "language-model":
        return await _generate(request, run, asked)
    if asked is not None and asked.stream:
        raise ApiError(400, f"stream: expected false of a {run.job}, got true", "stream")
    work = _of_file(request, run, body, {}) if asked is None else _of_request(request, run, asked)
    return JSONResponse(await while_connected(request, work, server.settings.request_seconds))


def _asked(body: bytes) -> ModelRequest:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise ApiError(400, "body: expected JSON, got something else", "body", "json_invalid") from None
    return validated(ModelRequest, content)


async def _of_request(request: Request, run: ServedRun, asked: ModelRequest) -> list[Any]:
    """What a run answers to texts, of which one alone is answered without a list around it, or to a file."""
    if _reads_files(run):
        return await _of_file(request, run, _decoded(asked.inputs), asked.parameters)
    is_one = isinstance(asked.inputs, str)
    texts = [asked.inputs] if isinstance(asked.inputs, str) else asked.inputs
    if run.job == "classifier":
        labels = validated(ClassificationParameters, asked.parameters, "parameters")
        return await classification.of_texts(request, run, texts, labels)  # clients expect the list around one, too
    if run.job == "tagger":
        words = validated(TokenClassificationParameters, asked.parameters, "parameters")
        answers = await tokens.of_texts(request, run, texts, words)
        return answers[0] if is_one else answers
    if run.job == "translator":
        search = validated(TranslationParameters, asked.parameters, "parameters")
        return await translation.of_texts(request, run, texts, search)
    raise ApiError(400, f"model {run.name}: expected a job that is a task here, got a {run.job}", "model", "no_task")


async def _of_file(request: Request, run: ServedRun, content: bytes, parameters: dict[str, Any]) -> list[Any]:
    """What a run answers to a file.

    Raises:
        ApiError: 400, it reads no files, or not this one.
    """
    if not _reads_files(run):
        raise ApiError(400, f"model {run.name}: expected JSON for a {run.job}, got a file", "body", "reads_no_files")
    labels = validated(ClassificationParameters, parameters, "parameters")
    with nameless(content) as file:
        return await classification.of_file(request, run, file, labels)


def _reads_files(run: ServedRun) -> bool:
    return run.job == "video" or getattr(run.task, "sampling_rate_", None) is not None


def _decoded(inputs: str | list[str]) -> bytes:
    try:
        if isinstance(inputs, str):
            return base64.b64decode(inputs, validate=True)
    except (binascii.Error, ValueError):
        pass
    raise ApiError(400, "inputs: expected one file in base64, got something else", "inputs", "invalid_value")


async def _generate(request: Request, run: ServedRun, asked: ModelRequest) -> Response:
    """A text that goes on from another, whole or as a stream of events."""
    if not isinstance(asked.inputs, str):
        raise ApiError(400, "inputs: expected one text, got several", "inputs", "invalid_value")
    server = server_of(request)
    parameters = validated(TextGenerationParameters, asked.parameters, "parameters")
    generation = Generation(server, run, asked.inputs, parameters)

    def end() -> None:
        generation.cancel()
        request.state.symbols = generation.written

    if asked.stream:
        return EventStream(generation.events(), end)
    try:
        whole = await while_connected(request, generation.whole(), server.settings.request_seconds)
        return JSONResponse([whole])
    finally:
        end()
