"""The cache: where what can be made again is kept, how large it may become, and how it is emptied."""

import os
import re
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from recurra.errors import DataError

SIZE_VARIABLE = "RECURRA_CACHE_SIZE"
_DEFAULT_SIZE = "4G"
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_FOLDERS = ("tokens", "frames", "features")  # of what is made of texts and videos
_SUFFIXES = (".bin", ".json", ".frames", ".npy")
_ABANDONED = 600  # seconds after which a file that nobody writes to was left by a process that was killed


def cache_folder() -> Path:
    """Where Recurra keeps what it can make again: $XDG_CACHE_HOME/recurra, or ~/.cache/recurra."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path(os.path.expanduser("~")) / ".cache") / "recurra"


def token_folder() -> Path:
    """Where the numbers of texts are kept."""
    return cache_folder() / "tokens"


def frame_folder() -> Path:
    """Where the frames of videos are kept."""
    return cache_folder() / "frames"


def size_limit() -> int:
    """How many bytes the numbers of texts and the frames of videos may take together, $RECURRA_CACHE_SIZE.

    Raises:
        DataError: that is no size.
    """
    text = os.environ.get(SIZE_VARIABLE) or _DEFAULT_SIZE
    size = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if not size:
        raise DataError(f"{SIZE_VARIABLE}: expected a size such as 500M or 4G, got {text!r}")
    return int(float(size[1]) * _UNITS[size[2].upper()])


@dataclass(frozen=True)
class Entry:
    """What was made of one text or video: its files, their size in bytes, and when they were last used."""

    files: tuple[Path, ...]
    size: int
    used: float


def entries() -> list[Entry]:
    """The texts and videos of which something is kept, the least recently used first."""
    files: dict[Path, list[tuple[Path, os.stat_result]]] = {}
    for path in _files():
        if path.suffix in _SUFFIXES:
            try:
                files.setdefault(path.with_suffix(""), []).append((path, path.stat()))
            except FileNotFoundError:
                continue  # another process removed it
    listed = []
    for files_of_entry in files.values():
        paths, stats = zip(*files_of_entry, strict=True)
        listed.append(Entry(paths, sum(stat.st_size for stat in stats), max(stat.st_mtime for stat in stats)))
    return sorted(listed, key=lambda entry: entry.used)


def trim(limit: int, keep: Collection[Path] = ()) -> None:
    """Remove what was used least recently until the rest fits into `limit` bytes.

    What killed processes left half written goes too.

    Who has a file open keeps it.

    Args:
        limit: in bytes.
        keep: files that stay whatever their size, since they are in use.
    """
    remaining = entries()
    total = sum(entry.size for entry in remaining)
    for entry in remaining:
        if total <= limit:
            break
        if not any(path in keep for path in entry.files):
            _remove(entry.files)
            total -= entry.size
    now = time.time()
    _remove(path for path in _files() if path.suffix == ".part" and now - path.stat().st_mtime > _ABANDONED)


def clean() -> tuple[int, int]:
    """Remove what was made of texts and videos; give of how many, and how many bytes."""
    removed = entries()
    _remove(_files())
    return len(removed), sum(entry.size for entry in removed)


def _files() -> list[Path]:
    folders = [cache_folder() / name for name in _FOLDERS]
    return [path for folder in folders if folder.is_dir() for path in folder.rglob("*") if path.is_file()]


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
