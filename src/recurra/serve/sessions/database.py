"""The SQLite database that sessions are kept in: opened when it is first needed, whole after any crash.

It writes ahead (https://sqlite.org/wal.html), so that a transaction is in it whole or not at all, however the process
ends. With `synchronous=NORMAL` only a power cut can take the last transactions away; FULL waits for the disk each time.
"""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from recurra.serve.errors import ApiError

log = logging.getLogger(__name__)

_APPLICATION = 0x52435241  # "RCRA": tells our databases from others'
_VERSION = 1
_PATIENCE = 10.0  # seconds to wait for other processes
_PAUSE = 0.01  # seconds until the next try
_SCHEMA = """
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    model TEXT NOT NULL,
    hash TEXT NOT NULL,  -- of the model that has read the last turn
    created REAL NOT NULL,  -- seconds since 1970, as all times
    used REAL NOT NULL,
    expires REAL  -- NULL: never
);
CREATE INDEX sessions_of_owner ON sessions (owner, used);
CREATE INDEX sessions_by_end ON sessions (expires);
CREATE TABLE turns (
    session TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    number INTEGER NOT NULL,  -- from 1; 0 is a state that was imported
    prompt TEXT NOT NULL,
    text TEXT NOT NULL,
    cut TEXT NOT NULL,  -- what the state has read beyond the text
    state BLOB NOT NULL,  -- after the turn
    PRIMARY KEY (session, number)
);
"""


class Database:
    """One connection, which the threads of a process take in turn; several processes may have the same file open.

    Args:
        path: of the file; None keeps all in memory.
    """

    def __init__(self, path: Path | None):
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def transaction(self, writes: bool = True) -> Iterator[sqlite3.Connection]:
        """Do something whole or not at all.

        Raises:
            ApiError: 503, the database cannot be opened, read or written; the log says why.
        """
        with self._lock:
            try:
                connection = self._opened()
                connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
                yield connection
                connection.execute("COMMIT")
            except (sqlite3.Error, OSError) as error:
                log.error("sessions in %s: %s", self._path or "memory", error)
                self._roll_back(keeps_open=isinstance(error, sqlite3.OperationalError))
                message = "sessions cannot be read or written; the server's log says why"
                raise ApiError(503, message, code="sessions_unavailable") from None
            except BaseException:
                self._roll_back(keeps_open=True)
                raise

    def close(self) -> None:
        """Let go of the file; what comes later opens it again."""
        with self._lock:
            self._close()

    def _roll_back(self, keeps_open: bool) -> None:
        """Undo what was begun; a broken database is opened anew next time."""
        try:
            if self._connection is not None and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            keeps_open = False
        if not keeps_open and self._path is not None:
            self._close()

    def _close(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            if self._path is not None:
                make_private(self._path)
            self._connection = _connected(self._path)
        return self._connection


def make_private(path: Path) -> None:
    """Make a file, if there is none, that only its owner may read, and its folder; SQLite's files beside follow it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))


def _connected(path: Path | None) -> sqlite3.Connection:
    """Open the database, made anew where there is none.

    SQLite does not wait while another process begins to write ahead in a file, or ends it (SQLITE_BUSY at once).
    """
    end = time.monotonic() + _PATIENCE
    while True:
        connection = sqlite3.connect(
            path or ":memory:", timeout=_PATIENCE, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection)
        except BaseException as error:
            connection.close()
            is_busy = (
                isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            )
            if not is_busy or time.monotonic() > end:
                raise
            time.sleep(_PAUSE)
        else:
            return connection


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables of a new database; refuse another program's.

    Raises:
        sqlite3.DatabaseError: the file is something else.
    """
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    if _kind(connection) == (0, 0):
        _make_tables(connection)
    if _kind(connection) != (_APPLICATION, _VERSION):
        raise sqlite3.DatabaseError("expected a database of sessions, got one of another program or version")


def _kind(connection: sqlite3.Connection) -> tuple[int, int]:
    """What program and version a database says it is of; zeros of a new one."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return application, version


def _make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables, unless another process has done so, or the database has tables of its own."""
    connection.execute("BEGIN IMMEDIATE")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables:
        for statement in _SCHEMA.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id={_APPLICATION}")
        connection.execute(f"PRAGMA user_version={_VERSION}")
    connection.execute("COMMIT")
