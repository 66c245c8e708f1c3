"""Data sets by name: found in $RECURRA_DATA, in the user's cache, or downloaded and checked by hash."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from recurra.data.files.cache import cache_folder
from recurra.data.sources.catalogue import NAMED
from recurra.errors import DataError, quote

_EXPECTED = "data: expected a file, a folder or a named data set"
_LONGEST_NAME = 1000  # characters of a path that somebody may mean


def locate(name: str) -> Path | None:
    """Find the folder of a named data set on this machine, or None."""
    shared = os.environ.get("RECURRA_DATA")
    place = NAMED[name].folder or name
    for folder in ([Path(shared) / place] if shared else []) + [cache_folder() / "data" / place]:
        if folder.is_dir() and all((folder / file.name).exists() for file in NAMED[name].files):
            return folder
    return None


def fetch(name: str) -> Path:
    """Find the folder of a named data set, downloading or making it where it is missing.

    Raises:
        DataError: it is not here and cannot be downloaded.
    """
    data = NAMED[name]
    located, folder = locate(name), cache_folder() / "data" / (data.folder or name)
    if located and (located != folder or not data.write):  # what code made is made again: the code may have changed
        return located
    if not data.files and not data.write:
        raise DataError(f"{name}: expected it in $RECURRA_DATA or in {folder}, found none; it is not downloaded")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if data.write:
            data.write(folder)
            return folder
    except OSError as error:
        raise DataError(f"{folder}: expected a cache that can be written, got: {error.strerror}") from error
    import pooch

    for file in data.files:
        try:
            pooch.retrieve(file.url, file.hash, file.name, folder, progressbar=False)
        except Exception as error:  # every kind of network error, and a hash that differs
            raise DataError(
                f"{name}: expected it in $RECURRA_DATA, in {folder} or at {file.url}; the download failed: {error}"
            ) from error
    return folder


def read_parts(
    data: Any, job: str, read: Callable[[Path], Any], join: Callable[[Sequence[Any]], Any]
) -> dict[str, Any]:
    """Read what a person named: a path, several paths read as one, or a data set.

    Args:
        data: what a person named.
        job: which the data set must be for.
        read: makes examples of a path.
        join: makes one of several such.

    Returns:
        The parts by name; a person's own files are one part, "train".

    Raises:
        DataError: there is nothing of that name, or it is not as expected.
    """
    refuse_no_names(data)
    if isinstance(data, list | tuple):
        return {"train": join([read(Path(path)) for path in data])}
    if os.path.exists(data):
        return {"train": read(Path(data))}
    return parts(str(data), job)


def refuse_no_names(data: Any) -> None:
    """Refuse what names no data: nothing, what is in memory, a text in the place of its file; or "", which the system
    would take for the folder we are in.

    Raises:
        DataError: it is something else than a name, or a list of names.
    """
    names = data if isinstance(data, list | tuple) else [data]
    if not names:
        raise DataError(f"{_EXPECTED}, got none")
    for name in names:
        _refuse_no_name(name)


def _refuse_no_name(data: Any) -> None:
    if not isinstance(data, str | os.PathLike):
        raise DataError(
            f"{_EXPECTED}, got {type(data).__name__} {quote(data)}; what is in memory needs its answers too, and a "
            "language model learns from files alone"
        )
    if not isinstance(data, str):
        return
    if not data.strip():
        raise DataError(f"{_EXPECTED}, got {data!r}")
    if (len(data) > _LONGEST_NAME or "\n" in data) and not os.path.exists(data):
        raise DataError(f"{_EXPECTED}, got a text of {len(data):,} characters: {quote(data)}; write it to a file")


def to_learn(resolve: Callable[[Any], dict[str, Any]], data: Any, valid: Any) -> tuple[Any, Any]:
    """What to learn from, and what to validate on: what a person names, else the data's own part, else None."""
    parts = resolve(data)
    return parts["train"], parts.get("valid") if valid is None else next(iter(resolve(valid).values()))


def part_to_score(data: Any, parts: dict[str, Any], part: str | None) -> Any:
    """Choose what a network is scored on: the part that is asked for, else "test" where there is one, else "valid".

    Raises:
        DataError: there is no such part.
    """
    if part is not None and part not in parts:
        raise DataError(f"{data}: expected one of the parts {', '.join(parts)}, got {quote(part)}")
    return parts[part or next(name for name in ("test", "valid", "train") if name in parts)]


def parts(name: str, job: str) -> dict[str, Any]:
    """Read a named data set.

    Raises:
        DataError: there is none of that name, or it is for another job; the message lists those that are for this one.
    """
    if name not in NAMED or NAMED[name].job != job:
        fitting = ", ".join(other for other, entry in NAMED.items() if entry.job == job)
        got = f"one for {NAMED[name].job}" if name in NAMED else "none"
        raise DataError(f"{name}: expected a file, a folder or a named data set ({fitting}), found {got}")
    return NAMED[name].parts(fetch(name))
