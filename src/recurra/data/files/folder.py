"""The files of a folder or an archive that a person means: by their endings, without what systems put beside them."""

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import TypeVar

Name = TypeVar("Name", bound=PurePath)


def ending(path: PurePath) -> str:
    """The ending of a file's name in small letters, such as ".wav" for "A.WAV"."""
    return path.suffix.lower()


def with_endings(paths: Iterable[Name], endings: Sequence[str]) -> list[Name]:
    """Choose files by their endings, in order of their names.

    Hidden files and folders are no data: ".DS_Store", "._a.wav" (what macOS keeps beside "a.wav") and "__MACOSX" (where
    it does so in an archive).

    Args:
        paths: names, relative to the folder or the archive: a folder above it may well be hidden.
        endings: in small letters, such as ".wav".
    """
    return sorted(path for path in paths if ending(path) in endings and not _is_hidden(path))


def files(folder: Path, endings: Sequence[str], below: bool = False) -> list[Path]:
    """Find the files of a folder by their endings, see `with_endings`; in the folders in it too, with `below`."""
    paths = folder.rglob("*") if below else folder.iterdir()
    names = (path.relative_to(folder) for path in paths)
    return [folder / name for name in with_endings(names, endings)]


def _is_hidden(path: PurePath) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
