"""The key that signs state files: 32 random bytes in a file that only its owner may read."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from recurra.data.files.regular_file import read_bytes
from recurra.errors import DataError

_SIZE = 32  # bytes, as many as SHA-256 gives
_MOST = 4096
_WHAT = "a key"


def read_key(path: Path) -> bytes:
    """Read a key.

    Raises:
        DataError: there is none, or it is too short to be one.
    """
    key = read_bytes(path, _WHAT, _MOST)
    if len(key) < _SIZE:
        raise DataError(f"{path}: expected a key of at least {_SIZE} random bytes, got {len(key)}")
    return key


def read_or_make_key(path: Path) -> bytes:
    """Read a key; where there is none, make one. Processes that do so at the same time have the same key then.

    Raises:
        DataError: as of `read_key`.
        OSError: it cannot be written.
    """
    if not path.exists():
        aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(_SIZE))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # another process was faster: its key counts
                os.link(aside, path)  # at once or not at all, and never over another
        finally:
            aside.unlink()
    return read_key(path)
