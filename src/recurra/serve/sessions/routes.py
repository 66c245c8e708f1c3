"""/sessions: made, listed, forked, rewound, deleted, and sent as files."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from recurra.serve.errors import ApiError
from recurra.serve.runs import ServedRun
from recurra.serve.server import Server, owner_of, server_of
from recurra.serve.sessions import state_file
from recurra.serve.sessions.state import TextState
from recurra.serve.sessions.store import Session, TurnTexts
from recurra.serve.sessions.turn import hold

router = APIRouter(prefix="/sessions")

_FILE = "application/octet-stream"
_FILE_BODY = {"requestBody": {"required": True, "content": {_FILE: {"schema": {"type": "string", "format": "binary"}}}}}
TurnNumber = Annotated[StrictInt, Field(ge=0, le=2**31)]


class NewSession(BaseModel):
    """The model that a session is for."""

    model_config = ConfigDict(extra="forbid")

    model: StrictStr


class Fork(BaseModel):
    """The turn that a new session goes on from; null is the last, 0 the beginning."""

    model_config = ConfigDict(extra="forbid")

    turn: TurnNumber | None = None


class Rewind(BaseModel):
    """The turn that becomes the last; 0 is the beginning."""

    model_config = ConfigDict(extra="forbid")

    turn: TurnNumber


class TurnView(BaseModel):
    """A turn: what was read, what was written, and what the session has read of it that was not shown.

    cut: the stop string that ended the text, and what came with its last symbol; the next turn goes on after it.
    """

    number: int
    prompt: str
    text: str
    cut: str


class SessionSummary(BaseModel):
    """A session; times are in seconds since 1970, and `expires` null is never."""

    id: str
    model: str
    hash: str
    created: int
    used: int
    expires: int | None


class SessionView(SessionSummary):
    """A session with its turns. before: the end of the text that it began from, where that was imported."""

    before: str
    turns: list[TurnView]


class ListedSession(SessionSummary):
    """A session as it is listed. turns: how many it has."""

    turns: int


class SessionList(BaseModel):
    """Sessions, the last used first, and how many there are."""

    data: list[ListedSession]
    total: int


@router.post("")
def create(request: Request, body: NewSession) -> SessionView:
    """Begin a session."""
    server = server_of(request)
    run = server.runs.get(body.model, "language-model")
    session = server.sessions.store.create(owner_of(request), run.name, run.model_hash)
    return _view(server, session)


@router.get("")
def sessions(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> SessionList:
    """List the sessions of a client."""
    listed, total = server_of(request).sessions.store.sessions(owner_of(request), limit, offset)
    data = [ListedSession(turns=session.turns, **_summary(session)) for session in listed]
    return SessionList(data=data, total=total)


@router.post("/import", openapi_extra=_FILE_BODY)
async def import_(request: Request) -> SessionView:
    """Make a session of a state file, which is the body."""
    server = server_of(request)
    content = await _bounded_body(request, server.settings.max_state_bytes)
    return await run_in_threadpool(_import, server, owner_of(request), content)


@router.get("/{id_}")
def session(request: Request, id_: str) -> SessionView:
    """Show a session with its turns."""
    server = server_of(request)
    return _view(server, server.sessions.store.session(owner_of(request), id_))


@router.delete("/{id_}", status_code=204)
def delete(request: Request, id_: str) -> None:
    """Forget a session."""
    server_of(request).sessions.store.delete(owner_of(request), id_)


@router.post("/{id_}/fork")
def fork(request: Request, id_: str, body: Fork) -> SessionView:
    """Make a session that goes on from a turn of another, which stays as it is."""
    server = server_of(request)
    return _view(server, server.sessions.store.fork(owner_of(request), id_, body.turn))


@router.post("/{id_}/rewind")
def rewind(request: Request, id_: str, body: Rewind) -> SessionView:
    """Take the turns after one away."""
    server, owner = server_of(request), owner_of(request)
    server.sessions.store.session(owner, id_)
    hold(server.sessions, id_)
    try:
        return _view(server, server.sessions.store.rewind(owner, id_, body.turn))
    finally:
        server.sessions.busy.release(id_)


@router.get("/{id_}/export", response_class=Response, responses={200: {"content": {_FILE: {}}}})
def export(request: Request, id_: str, turn: Annotated[int | None, Query(ge=0, le=2**31)] = None) -> Response:
    """Give the state after a turn, the last unless another is named, as a signed file."""
    server = server_of(request)
    last = server.sessions.store.session(owner_of(request), id_).last
    if last is None:
        raise ApiError(400, f"session {id_}: expected a session with a turn, got one without", code="session_empty")
    content = server.sessions.store.state(id_, last if turn is None else turn)
    signed = state_file.sign(content, server.sessions.key())
    headers = {"Content-Disposition": f'attachment; filename="{id_}.safetensors"'}
    return Response(signed, media_type=_FILE, headers=headers)


def _import(server: Server, owner: str, signed: bytes) -> SessionView:
    content = state_file.verified(signed, server.sessions.key())
    state = state_file.opened(content)
    run = _run_of(server, state)
    state_file.require_model(state, run, server.runs)
    return _view(server, server.sessions.store.create(owner, run.name, run.model_hash, content, state.text))


def _run_of(server: Server, state: TextState) -> ServedRun:
    """The run that a state is of, whatever its name is here.

    Raises:
        ApiError: 409, it is not served.
    """
    for run in server.runs.ready:
        if run.model_hash == state.model_hash and run.job == "language-model":
            return run
    got = f"{state.model[:80]!r} with the hash {state.model_hash[:12]}"
    raise ApiError(409, f"state: expected one of a model that is served, got one of {got}", code="wrong_model")


async def _bounded_body(request: Request, most: int) -> bytes:
    """The body of a request, of which no more is held than may be.

    Raises:
        ApiError: 413, it is larger.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise ApiError(413, f"expected a state file of at most {most:,} bytes, got more", code="too_large")
    return bytes(body)


def _view(server: Server, session: Session) -> SessionView:
    stored = server.sessions.store.turns(session.id)
    before = "".join(turn.text for turn in stored if turn.number == 0)
    turns = [_turn(turn) for turn in stored if turn.number > 0]
    return SessionView(before=before, turns=turns, **_summary(session))


def _turn(turn: TurnTexts) -> TurnView:
    return TurnView(number=turn.number, prompt=turn.prompt, text=turn.text, cut=turn.cut)


def _summary(session: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "model": session.model,
        "hash": session.model_hash,
        "created": int(session.created),
        "used": int(session.used),
        "expires": None if session.expires is None else int(session.expires),
    }
