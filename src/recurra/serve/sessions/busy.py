"""Which sessions have a turn being written: none has two at once, in whatever thread or process.

What one process holds is in its memory; between processes a byte of a file stands for a session, locked by the system,
which lets go of it when the process ends, however that ends. Where this cannot be, the database refuses the second of
two turns at its end.
"""

import hashlib
import os
import threading
from pathlib import Path

try:
    import fcntl
except ImportError:  # not a POSIX system: processes do not see each other's turns
    fcntl = None  # type: ignore[assignment]


class BusySessions:
    """The sessions that are held.

    Args:
        path: of the file whose bytes are locked; None where no other process has these sessions.
    """

    def __init__(self, path: Path | None):
        self._path = path
        self._held: set[str] = set()
        self._lock = threading.Lock()
        self._handle: int | None = None

    def hold(self, session: str) -> bool:
        """Hold a session; False where it is held already."""
        with self._lock:
            if session in self._held or not self._lock_byte(session):
                return False
            self._held.add(session)
            return True

    def release(self, session: str) -> None:
        """Let go of a session; nothing happens where it is not held."""
        with self._lock:
            if session not in self._held:
                return
            self._held.remove(session)
            if self._handle is not None:
                fcntl.lockf(self._handle, fcntl.LOCK_UN, 1, _byte(session))

    def close(self) -> None:
        """Let go of all."""
        with self._lock:
            self._held.clear()
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None

    def _lock_byte(self, session: str) -> bool:
        """Lock a session's byte; False where another process has it. Where nothing can be locked, nobody has it."""
        if fcntl is None or self._path is None:
            return True
        if self._handle is None:  # opened once: closing another handle of the file would unlock all
            try:
                self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError:
                return True
        try:
            fcntl.lockf(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _byte(session))
        except (BlockingIOError, PermissionError):  # what systems say of a byte that is locked
            return False
        except OSError:  # this file system has no locks
            return True
        return True


def _byte(session: str) -> int:
    """Which byte stands for a session; it need not be in the file."""
    return int.from_bytes(hashlib.sha256(session.encode()).digest()[:8], "big") >> 2
