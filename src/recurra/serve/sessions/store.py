"""Sessions and their turns, kept in a database."""

import secrets
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from recurra.serve.errors import ApiError
from recurra.serve.sessions.database import Database

_DAY = 86400.0  # seconds
_COLUMNS = (
    "id, model, hash, created, used, expires, "
    "(SELECT max(number) FROM turns WHERE session = id), (SELECT count(*) FROM turns WHERE session = id AND number > 0)"
)
_VISIBLE = "owner = ? AND (expires IS NULL OR expires > ?)"


@dataclass(frozen=True)
class Session:
    """A session without its turns.

    Attributes:
        id: which cannot be guessed.
        model: the run that it was made for, or that wrote its last turn.
        model_hash: of that run then.
        created, used, expires: in seconds since 1970; `expires` None is never.
        last: the number of the last turn, 0 for a state that was imported; None where there is no state yet.
        turns: how many there are.
    """

    id: str
    model: str
    model_hash: str
    created: float
    used: float
    expires: float | None
    last: int | None
    turns: int


@dataclass(frozen=True)
class TurnTexts:
    """What was read and written in a turn.

    Attributes:
        number: from 1; 0 stands for a text that was imported, of which `text` is the end.
        prompt: what was read.
        text: what was written, as it was shown.
        cut: what the session has read beyond it, a stop string and what came with its last symbol.
    """

    number: int
    prompt: str
    text: str
    cut: str


class Store:
    """All sessions, of whatever owner; an owner sees his own alone.

    Args:
        path: of the database; None keeps it in memory.
        days: that a session is kept since it was last used; 0 keeps it for ever.
        most: sessions that an owner may have.
    """

    def __init__(self, path: Path | None, days: float, most: int):
        self._database = Database(path)
        self._days, self._most = days, most
        self._swept = 0.0  # when what has expired was last deleted

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def create(self, owner: str, model: str, model_hash: str, state: bytes | None = None, text: str = "") -> Session:
        """Make a session.

        Args:
            owner: whose it is.
            model: the name of a run.
            model_hash: of that run.
            state: that it goes on from; None begins a text.
            text: the end of the text that it goes on from.

        Raises:
            ApiError: 429, the owner has as many as he may; 503, the database fails (which all methods may raise).
        """
        self._sweep()
        with self._database.transaction() as connection:
            id_ = self._insert(connection, owner, model, model_hash)
            if state is not None:
                _insert_turn(connection, id_, TurnTexts(0, "", text, ""), state)
            return self._session(connection, owner, id_)

    def sessions(self, owner: str, limit: int, offset: int) -> tuple[list[Session], int]:
        """List an owner's sessions, the last used first; and tell how many there are in all."""
        now = time.time()
        with self._database.transaction(writes=False) as connection:
            (total,) = connection.execute(f"SELECT count(*) FROM sessions WHERE {_VISIBLE}", (owner, now)).fetchone()
            query = f"SELECT {_COLUMNS} FROM sessions WHERE {_VISIBLE} ORDER BY used DESC, id LIMIT ? OFFSET ?"
            rows = connection.execute(query, (owner, now, limit, offset)).fetchall()
        return [Session(*row) for row in rows], total

    def session(self, owner: str, id_: str) -> Session:
        """Find a session.

        Raises:
            ApiError: 404, the owner has none of this id.
        """
        with self._database.transaction(writes=False) as connection:
            return self._session(connection, owner, id_)

    def turns(self, id_: str) -> list[TurnTexts]:
        """List the turns of a session, the earliest first."""
        query = "SELECT number, prompt, text, cut FROM turns WHERE session = ? ORDER BY number"
        with self._database.transaction(writes=False) as connection:
            return [TurnTexts(*row) for row in connection.execute(query, (id_,))]

    def state(self, id_: str, turn: int | None) -> bytes:
        """Give the state after a turn; there must be one.

        Raises:
            ApiError: 400, there is none.
        """
        with self._database.transaction(writes=False) as connection:
            query = "SELECT state FROM turns WHERE session = ? AND number = ?"
            row = connection.execute(query, (id_, turn)).fetchone()
        if row is None:
            raise ApiError(400, f"turn: expected one that the session has a state of, got {turn}", "turn")
        state: bytes = row[0]
        return state

    def add_turn(self, owner: str, session: Session, turn: TurnTexts, state: bytes, model: tuple[str, str]) -> None:
        """Add a turn to a session as it was when the turn began.

        Args:
            owner: whose it is.
            session: as it was then.
            turn: what was read and written.
            state: after it.
            model: name and hash of the run that wrote it.

        Raises:
            ApiError: 404, the session was deleted meanwhile; 409, a turn was added or taken away.
        """
        now = time.time()
        with self._database.transaction() as connection:
            if self._session(connection, owner, session.id).last != session.last:
                raise ApiError(409, f"session {session.id}: was changed meanwhile", "session", "session_busy")
            _insert_turn(connection, session.id, turn, state)
            update = "UPDATE sessions SET model = ?, hash = ?, used = ?, expires = ? WHERE id = ?"
            connection.execute(update, (*model, now, self._end(now), session.id))

    def fork(self, owner: str, id_: str, turn: int | None) -> Session:
        """Make a session of the turns of another up to one of them; None takes all.

        Raises:
            ApiError: 404, there is no such session; 400, no such turn; 429, as of `create`.
        """
        self._sweep()
        with self._database.transaction() as connection:
            session = self._session(connection, owner, id_)
            last = session.turns if turn is None else _require_turn(session, turn)
            copy = self._insert(connection, owner, session.model, session.model_hash)
            columns = "number, prompt, text, cut, state"
            query = f"SELECT ?, {columns} FROM turns WHERE session = ? AND number <= ?"
            connection.execute(f"INSERT INTO turns (session, {columns}) {query}", (copy, id_, last))
            return self._session(connection, owner, copy)

    def rewind(self, owner: str, id_: str, turn: int) -> Session:
        """Take the turns after one away; 0 takes all.

        Raises:
            ApiError: 404, there is no such session; 400, no such turn.
        """
        now = time.time()
        with self._database.transaction() as connection:
            _require_turn(self._session(connection, owner, id_), turn)
            connection.execute("DELETE FROM turns WHERE session = ? AND number > ?", (id_, turn))
            update = "UPDATE sessions SET used = ?, expires = ? WHERE id = ?"
            connection.execute(update, (now, self._end(now), id_))
            return self._session(connection, owner, id_)

    def delete(self, owner: str, id_: str) -> None:
        """Forget a session.

        Raises:
            ApiError: 404, the owner has none of this id.
        """
        with self._database.transaction() as connection:
            self._session(connection, owner, id_)
            connection.execute("DELETE FROM sessions WHERE id = ?", (id_,))

    # --- within a transaction --------------------------------------------------------------------------------------

    def _session(self, connection: sqlite3.Connection, owner: str, id_: str) -> Session:
        query = f"SELECT {_COLUMNS} FROM sessions WHERE id = ? AND {_VISIBLE}"
        row = connection.execute(query, (id_, owner, time.time())).fetchone()
        if row is None:
            raise ApiError(
                404, f"session: expected one that is there, got {id_[:80]!r}", "session", "session_not_found"
            )
        return Session(*row)

    def _insert(self, connection: sqlite3.Connection, owner: str, model: str, model_hash: str) -> str:
        (count,) = connection.execute("SELECT count(*) FROM sessions WHERE owner = ?", (owner,)).fetchone()
        if count >= self._most:
            message = f"expected at most {self._most:,} sessions, got one more; delete some"
            raise ApiError(429, message, code="too_many_sessions")
        id_, now = f"session-{secrets.token_hex(16)}", time.time()
        row = (id_, owner, model, model_hash, now, now, self._end(now))
        connection.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return id_

    def _end(self, now: float) -> float | None:
        return now + self._days * _DAY if self._days else None

    def _sweep(self) -> None:
        """Delete what has expired, at most once a minute."""
        now = time.time()
        if now - self._swept > 60:
            self._swept = now
            with self._database.transaction() as connection:
                connection.execute("DELETE FROM sessions WHERE expires <= ?", (now,))


def _insert_turn(connection: sqlite3.Connection, session: str, turn: TurnTexts, state: bytes) -> None:
    row = (session, turn.number, turn.prompt, turn.text, turn.cut, state)
    connection.execute("INSERT INTO turns VALUES (?, ?, ?, ?, ?, ?)", row)


def _require_turn(session: Session, turn: int) -> int:
    if turn > session.turns:
        raise ApiError(400, f"turn: expected one of 0 to {session.turns}, got {turn}", "turn", "turn_not_found")
    return turn
