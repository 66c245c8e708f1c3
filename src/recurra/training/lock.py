"""A lock on a folder, so that two trainings never write into one; it ends with its process, however that ends."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recurra.errors import DataError

try:
    import fcntl
except ImportError:  # not a POSIX system: nothing is locked
    fcntl = None  # type: ignore[assignment]

_INSTANT = 0.05  # seconds


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
            _lock(handle)
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


def is_locked(folder: Path) -> bool:
    """Whether a training holds a folder; False too where there are no locks."""
    if fcntl is None:
        return False
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # this file system has no locks
        return False
    finally:
        os.close(handle)
    return False


def _lock(handle: int) -> None:
    """Lock an open folder; once more after an instant, since `is_locked` may have looked just then.

    Raises:
        BlockingIOError: another training holds it.
        OSError: this file system has no locks.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(_INSTANT)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
