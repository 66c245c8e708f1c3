"""The cache: where what can be made again is kept, how large it may become, and how it is emptied."""

import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from recurra.errors import DataError

SIZE_VARIABLE = "RECURRA_CACHE_SIZE"
_DEFAULT_SIZE = "4G"
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_ABANDONED = 600  # seconds after which a file that nobody writes to was left by a process that was killed


def cache_folder() -> Path:
    """Where Recurra keeps what it can make again: $XDG_CACHE_HOME/recurra, or ~/.cache/recurra."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path(os.path.expanduser("~")) / ".cache") / "recurra"


def token_folder() -> Path:
    """Where the numbers of texts are kept."""
    return cache_folder() / "tokens"


def size_limit() -> int:
    """How many bytes the numbers of texts may take, $RECURRA_CACHE_SIZE.

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
    """The numbers of one text: its files, their size in bytes, and when they were last used."""

    files: tuple[Path, ...]
    size: int
    used: float


def entries() -> list[Entry]:
    """The texts whose numbers are kept, the least recently used first."""
    files: dict[str, list[tuple[Path, os.stat_result]]] = {}
    for path in _files():
        if path.suffix in (".bin", ".json"):
            try:
                files.setdefault(path.stem, []).append((path, path.stat()))
            except FileNotFoundError:
                continue  # another process removed it
    texts = []
    for files_of_text in files.values():
        paths, stats = zip(*files_of_text, strict=True)
        texts.append(Entry(paths, sum(stat.st_size for stat in stats), max(stat.st_mtime for stat in stats)))
    return sorted(texts, key=lambda entry: entry.used)


def trim(limit: int) -> None:
    """Remove the texts that were used least recently until the others fit into `limit` bytes.

    What killed processes left half written goes too.

    Who has a file open keeps it.
    """
    texts = entries()
    total = sum(entry.size for entry in texts)
    for entry in texts:
        if total <= limit:
            break
        _remove(entry.files)
        total -= entry.size
    now = time.time()
    _remove(path for path in _files() if path.suffix == ".part" and now - path.stat().st_mtime > _ABANDONED)


def clean() -> tuple[int, int]:
    """Remove the numbers of all texts; give how many texts these were, and how many bytes."""
    removed = entries()
    _remove(_files())
    return len(removed), sum(entry.size for entry in removed)


def _files() -> list[Path]:
    folder = token_folder()
    return list(folder.iterdir()) if folder.is_dir() else []


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
