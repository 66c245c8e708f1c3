"""Locks on open files, which end with their process, however that ends."""

try:
    import fcntl
except ImportError:  # not a POSIX system: nothing is locked
    fcntl = None  # type: ignore[assignment]


def try_lock(handle: int, shared: bool = False) -> bool:
    """Lock an open file or folder; False where another has it. Where there are no locks, nobody has it.

    Args:
        handle: of the file.
        shared: whether others may have such a lock too.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # this file system has no locks
        return True
    return True
