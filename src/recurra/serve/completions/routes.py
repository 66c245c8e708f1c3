"""/v1/completions, whole or as a stream of events."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from recurra.serve.completions.choice import choice, joined
from recurra.serve.completions.completion import Completion
from recurra.serve.completions.request import CompletionRequest
from recurra.serve.errors import as_api_error
from recurra.serve.event_stream import EventStream
from recurra.serve.server import owner_of, server_of
from recurra.serve.sessions.turn import open_turn
from recurra.serve.while_connected import took_too_long, while_connected

router = APIRouter(prefix="/v1")


@router.post("/completions")
async def complete(request: Request, body: CompletionRequest) -> Response:
    """Write texts that go on from prompts."""
    server = server_of(request)
    run = server.runs.get(body.model, "language-model")
    turn = await open_turn(server, owner_of(request), body, run)
    try:
        completion = Completion.of(body, run, server.settings, turn)
        server.engines.of(run).add(completion.prompts)
    except BaseException:
        if turn is not None:
            turn.release()
        raise
    request.state.user = body.user

    def end() -> None:
        completion.cancel()
        request.state.symbols = completion.written

    if body.stream:
        return EventStream(_events(completion, server.settings.request_seconds), end)
    try:
        return await while_connected(request, _whole(completion), server.settings.request_seconds)
    finally:
        end()


async def _whole(completion: Completion) -> Response:
    """The answer, when all texts are done."""
    choices = await asyncio.gather(*(_choice(completion, index) for index in range(len(completion.texts))))
    return JSONResponse(completion.answer(list(choices)) | await completion.keep())


async def _choice(completion: Completion, index: int) -> dict[str, Any]:
    """One text, when it is done."""
    pieces = [piece async for piece in completion.choices(index)]
    log_probs = None if completion.request.logprobs is None else joined([piece["logprobs"] for piece in pieces])
    text = "".join(piece["text"] for piece in pieces)
    return choice(index, text, pieces[-1]["finish_reason"], log_probs)


async def _events(completion: Completion, seconds: float) -> AsyncIterator[str]:
    """The answer as it is made: an event of each piece, the usage where it is asked for, and [DONE].

    What goes wrong is the last event; a stream that takes longer than `seconds` does, unless that is 0.
    """
    options = completion.request.stream_options
    asks_usage = options is not None and options.include_usage
    try:
        async with asyncio.timeout(seconds or None):
            async for piece in _merged(completion):
                event = completion.answer([piece], usage=False) | ({"usage": None} if asks_usage else {})
                if piece["finish_reason"] is not None:
                    event |= await completion.keep()
                yield json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        if asks_usage:
            yield json.dumps(completion.answer([]), separators=(",", ":"))
        yield "[DONE]"
    except TimeoutError:
        yield json.dumps(took_too_long(seconds).content())
    except Exception as error:
        yield json.dumps(as_api_error(error).content())


async def _merged(completion: Completion) -> AsyncIterator[dict[str, Any]]:
    """The pieces of all texts, each as soon as it is there."""
    if len(completion.texts) == 1:
        async for piece in completion.choices(0):
            yield piece
        return
    pieces: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    async def follow(index: int) -> None:
        async for piece in completion.choices(index):
            pieces.put_nowait(piece)
        pieces.put_nowait(None)

    async with asyncio.TaskGroup() as group:
        for index in range(len(completion.texts)):
            group.create_task(follow(index))
        left = len(completion.texts)
        while left:
            next_piece = await pieces.get()
            if next_piece is None:
                left -= 1
            else:
                yield next_piece
