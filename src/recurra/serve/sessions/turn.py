"""A turn: one request's text, which goes on from a state and leaves one."""

import asyncio
import base64
import binascii
import logging
from collections.abc import Sequence
from typing import Any

from fastapi.concurrency import run_in_threadpool

from recurra.errors import DataError
from recurra.nn.counted_draws import CountedDraws
from recurra.serve.completions.request import CompletionRequest
from recurra.serve.errors import ApiError
from recurra.serve.runs import ServedRun
from recurra.serve.server import Server
from recurra.serve.sessions import state_file
from recurra.serve.sessions.detokenizer import TurnDetokenizer
from recurra.serve.sessions.sessions import Sessions
from recurra.serve.sessions.state import LAST_CHARACTERS, TextState
from recurra.serve.sessions.store import Session, TurnTexts
from recurra.serve.writing.text import Text
from recurra.tasks.language_model.task import LanguageModel

log = logging.getLogger(__name__)


class Turn:
    """A turn of a session, which is held until `release`; or one whose state the client keeps.

    Args:
        request: what is asked for.
        run: that writes.
        sessions: of the server.
        owner: whose request it is.
        before: what the text goes on from; None begins one.
        session: that is held, if it is one's.

    Attributes:
        draws: random numbers: of a seed that the request names; else those that go on from the state, if a seed was
            chosen before; else of none that anybody knows, which are not kept.
    """

    def __init__(
        self,
        request: CompletionRequest,
        run: ServedRun,
        sessions: Sessions,
        owner: str,
        before: TextState | None = None,
        session: Session | None = None,
    ):
        self.before = before
        self._request, self._run, self._sessions, self._owner, self._session = request, run, sessions, owner, session
        self._is_saving = False
        known = None
        if request.seed is not None:
            known = CountedDraws.of(request.unsigned_seed)
        elif before is not None:
            known = before.draws
        self._keeps_draws = known is not None
        self.draws = known or CountedDraws.of(None)

    def detokenizer(self, prompt: str, symbols: Sequence[int], stops: Sequence[str]) -> TurnDetokenizer:
        """Make what turns the symbols after a prompt into text.

        Args:
            prompt: that is read after the text so far.
            symbols: of the prompt.
            stops: strings that end the turn.
        """
        task = self._run.task
        assert isinstance(task, LanguageModel)
        assert task.tokenizer is not None
        text, last = ("", ()) if self.before is None else (self.before.text, self.before.symbols)
        return TurnDetokenizer(task.tokenizer, stops, text + prompt, [*last, *symbols])

    async def keep(self, prompt: str, text: Text) -> dict[str, Any]:
        """Keep the turn in its session; give what the answer says of it.

        Args:
            prompt: that was read.
            text: that was written, to its end.

        Raises:
            ApiError: 404, the session was deleted meanwhile; 503, it cannot be kept.
        """
        self._is_saving = True  # from here on the session is held until it is kept, whether the client waits or not
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, self._keep, prompt, text))

    def _keep(self, prompt: str, text: Text) -> dict[str, Any]:
        try:
            content = self._after(prompt, text).to_bytes()
            fields: dict[str, Any] = {}
            if self._session is not None:
                number = (self._session.last or 0) + 1
                assert isinstance(text.pieces, TurnDetokenizer)
                texts = TurnTexts(number, prompt, text.pieces.text, text.pieces.cut)
                model = (self._run.name, self._run.model_hash)
                self._sessions.store.add_turn(self._owner, self._session, texts, content, model)
                fields |= {"session": self._session.id, "turn": number}
            if self._request.return_state:
                signed = state_file.sign(content, self._sessions.key())
                fields["state"] = base64.b64encode(signed).decode()
            return fields
        finally:
            self._is_saving = False
            self.release()

    def _after(self, prompt: str, text: Text) -> TextState:
        """The state at the end of a text."""
        pieces = text.pieces
        assert isinstance(pieces, TurnDetokenizer)
        assert text.end is not None
        so_far = "" if self.before is None else self.before.text
        return TextState(
            model=self._run.name,
            model_hash=self._run.model_hash,
            place=text.end,
            text=(so_far + prompt + pieces.text + pieces.cut)[-LAST_CHARACTERS:],
            symbols=tuple(pieces.last),
            draws=text.draws if self._keeps_draws else None,
        )

    def release(self) -> None:
        """Let other requests go on with the session, unless the turn is being kept: then that does it."""
        if self._session is not None and not self._is_saving:
            self._sessions.busy.release(self._session.id)
            self._session = None


async def open_turn(server: Server, owner: str, request: CompletionRequest, run: ServedRun) -> Turn | None:
    """Begin a turn, which is to be kept or released; None where a request asks for no state.

    Args:
        server: that has the sessions.
        owner: whose request it is.
        request: what is asked for.
        run: that is to write.

    Raises:
        ApiError: the session is not there (404), busy or of other weights (409); or the state is none (400).
    """
    if request.session is not None:
        return await run_in_threadpool(_open_session, server, owner, request, run, request.session)
    if request.state is not None:
        return await run_in_threadpool(_open_state, server, owner, request, run, request.state)
    return Turn(request, run, server.sessions, owner) if request.return_state else None


def _open_state(server: Server, owner: str, request: CompletionRequest, run: ServedRun, state: str) -> Turn:
    signed = _decoded(state, server.settings.max_state_bytes)
    before = state_file.opened(state_file.verified(signed, server.sessions.key(), "state"), "state")
    state_file.require_model(before, run, server.runs)
    return Turn(request, run, server.sessions, owner, before)


def _open_session(server: Server, owner: str, request: CompletionRequest, run: ServedRun, id_: str) -> Turn:
    sessions = server.sessions
    sessions.store.session(owner, id_)  # before it is held: nobody holds another's
    hold(sessions, id_)
    try:
        session = sessions.store.session(owner, id_)  # as it is now that nobody else changes it
        if session.turns >= server.settings.session_turns:
            most = f"at most {server.settings.session_turns:,} turns"
            raise ApiError(400, f"session {id_}: expected {most}, got one more", "session", "session_full")
        before = None
        if session.last is not None:
            before = _stored_state(sessions.store.state(id_, session.last), id_)
            state_file.require_model(before, run, server.runs)
        return Turn(request, run, sessions, owner, before, session)
    except BaseException:
        sessions.busy.release(id_)
        raise


def _stored_state(content: bytes, id_: str) -> TextState:
    """Read a state of the database.

    Raises:
        ApiError: 503, it was damaged there.
    """
    try:
        return TextState.from_bytes(content, f"session {id_}")
    except DataError as error:
        log.error("%s", error)
        message = f"session {id_}: its state cannot be read; the server's log says why"
        raise ApiError(503, message, "session", "sessions_unavailable") from None


def hold(sessions: Sessions, id_: str) -> None:
    """Hold a session for one request alone.

    Raises:
        ApiError: 409, another request holds it.
    """
    if not sessions.busy.hold(id_):
        raise ApiError(409, f"session {id_}: another request is going on with it", "session", "session_busy")


def _decoded(state: str, most: int) -> bytes:
    """The bytes of a state in base64.

    Raises:
        ApiError: 400, it is something else; 413, it is too large.
    """
    if len(state) > (most + 2) // 3 * 4:
        raise ApiError(413, f"state: expected at most {most:,} bytes, got more", "state")
    try:
        return base64.b64decode(state, validate=True)
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        raise ApiError(400, "state: expected base64, got something else", "state", "wrong_state") from None
