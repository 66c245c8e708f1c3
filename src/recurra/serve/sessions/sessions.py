"""What all requests of one process share of sessions: where they are kept, which are busy, and the key."""

import logging
import os
import secrets
import threading
from pathlib import Path

from recurra.errors import DataError
from recurra.serve.errors import ApiError
from recurra.serve.sessions.busy import BusySessions
from recurra.serve.sessions.database import make_private
from recurra.serve.sessions.key import read_key, read_or_make_key
from recurra.serve.sessions.settings import SessionSettings
from recurra.serve.sessions.store import Store

log = logging.getLogger(__name__)


class Sessions:
    """The sessions of a server; nothing is opened before it is needed.

    Args:
        settings: of the server.

    Attributes:
        store: what is kept.
        busy: which sessions have a turn being written.

    Raises:
        DataError: the settings name a key that cannot be read.
    """

    def __init__(self, settings: SessionSettings):
        self._path = database_path(settings)
        self.store = Store(self._path, settings.session_days, settings.max_sessions)
        self.busy = BusySessions(None if self._path is None else _beside(self._path, ".lock"))
        self._key = None if settings.state_key is None else read_key(settings.state_key)
        self._lock = threading.Lock()

    def key(self) -> bytes:
        """The key that signs states: the one that the settings name, else one beside the sessions.

        Raises:
            ApiError: 503, it cannot be read or written; the log says why.
        """
        with self._lock:
            if self._key is None:
                self._key = secrets.token_bytes(32) if self._path is None else self._key_beside(self._path)
            return self._key

    def close(self) -> None:
        """Let go of all files."""
        self.store.close()
        self.busy.close()

    def _key_beside(self, path: Path) -> bytes:
        try:
            make_private(path)
            return read_or_make_key(_beside(path, ".key"))
        except (DataError, OSError) as error:
            log.error("the key of states: %s", error)
            message = "states cannot be signed; the server's log says why"
            raise ApiError(503, message, code="sessions_unavailable") from None


def database_path(settings: SessionSettings) -> Path | None:
    """Where sessions are kept: where the settings say, else among the user's data; None is in memory."""
    if settings.sessions == "":
        return None
    return Path(settings.sessions) if settings.sessions is not None else data_folder() / "sessions.sqlite"


def data_folder() -> Path:
    """Where Recurra keeps what nobody can make again: $XDG_DATA_HOME/recurra, or ~/.local/share/recurra."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path(os.path.expanduser("~")) / ".local" / "share") / "recurra"


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
