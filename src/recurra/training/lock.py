"""A lock on a folder, so that two trainings never write into one; it ends with its process, however that ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recurra.errors import DataError

try:
    import fcntl
except ImportError:  # not a POSIX system: nothing is locked
    fcntl = None  # type: ignore[assignment]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for this process alone.

    The folder itself is locked, so that no file is left in it. Where a file system has no locks, nothing is locked.

    Raises:
        DataError: another training holds it.
    """
    if fcntl is None:
        yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise DataError(f"{folder}: expected a folder that can be read, got: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(
                f"{folder}: expected a folder that no other training writes to, got one that is being written to; "
                "wait until that training is done, or give another --out"
            ) from None
        except OSError:
            pass  # this file system has no locks
        yield
    finally:
        os.close(handle)
