"""Files that are whole at every instant: written aside, flushed to disk, then renamed."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from recurra.errors import DataError

_PART = re.compile(r"\..+\.\d+\.\d+\.part")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; when the block ends well, it takes the place of `path` at once.

    Raises:
        DataError: it cannot be written, as on a full disk; names the file. What was at `path` stays.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        yield aside
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        aside.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        if error.filename not in (None, str(aside)):
            raise  # of another file
        raise DataError(f"{path}: expected a file that can be written, got: {error.strerror or error}") from error
    finally:
        aside.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    """Let a rename survive a power cut, before anything that is written after it."""
    with suppress(OSError, AttributeError):  # not every system lets a folder be opened, or has this call
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fdatasync(handle)
        finally:
            os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write a whole text file."""
    with replacing(path) as aside:
        aside.write_text(text, encoding="utf-8")


def remove_parts(folder: Path) -> None:
    """Remove what killed processes have left half written in a folder that this process holds alone."""
    for path in folder.glob(".*.part"):
        if _PART.fullmatch(path.name):
            path.unlink(missing_ok=True)
