"""A folder claimed for a new run: it is made and locked, a person's files are refused, and only a run's own removed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from recurra.data.files import atomic
from recurra.errors import DataError
from recurra.training.lock import locked

_SHOWN = 3  # entries of a folder that an error names


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Make a folder and hold it for this process; where the block fails, folders made here and still empty go again.

    Raises:
        DataError: it cannot be made, or another training holds it.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]  # the innermost first
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: expected a folder that can be made, got: {error.strerror}") from error
    try:
        with locked(folder):
            yield
    except BaseException:
        with suppress(OSError):  # not empty: something was written, and it stays
            for path in missing:
                path.rmdir()
        raise


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder that holds anything.

    Raises:
        DataError: it does; the message names some of it.
    """
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if names:
        shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
        raise DataError(
            f"{folder}: expected a new or empty folder, or one that holds a run, got one that holds other files "
            f"({shown}), which are never removed; give another folder"
        )


def files_within(names: object) -> list[Path]:
    """Give the paths of a run that a file lists, relative to its folder; what leads out of it is left out."""
    listed = names if isinstance(names, list | dict) else ()
    paths = [Path(name) for name in listed if isinstance(name, str) and name]
    return [path for path in paths if not path.is_absolute() and ".." not in path.parts]


def read_marker(marker: Path) -> list[Path]:
    """Read which files a run had that was to be replaced when its replacement was killed."""
    try:
        return files_within(json.loads(marker.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        return []


def clear(folder: Path, files: list[Path], marker: Path) -> None:
    """Remove a run's own files, and folders in it that are empty then; a marker tells meanwhile that they are ours.

    Args:
        folder: of the run.
        files: relative to it, the one that makes it a run first.
        marker: file that stands from now on until the new run is there.

    Raises:
        DataError: the folder cannot be written to.
    """
    try:
        marker.parent.mkdir(exist_ok=True)
        atomic.write_text(marker, json.dumps([str(file) for file in files]))
        for file in files:
            (folder / file).unlink(missing_ok=True)
        for inner in {file.parent for file in files if len(file.parts) > 1} - {marker.parent.relative_to(folder)}:
            with suppress(OSError):  # not there, or it holds files that are not the run's
                (folder / inner).rmdir()
    except OSError as error:
        raise DataError(f"{folder}: expected a folder that can be written to, got: {error.strerror}") from error
