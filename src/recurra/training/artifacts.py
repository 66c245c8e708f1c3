"""What turns data into numbers, as files of a run: labels, words, tokenizers; and how weights are held to them."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from recurra.data.files.regular_file import open_regular
from recurra.errors import DataError
from recurra.training import claim

_BLOCK = 1 << 20  # bytes read at once

Stamps = dict[str, tuple[int, int]]


def stamps(folder: Path, besides: Path) -> Stamps:
    """Give what tells a file that was written anew, by name relative to a folder.

    Args:
        folder: of a run, which has folders, but no folders in them.
        besides: a folder in it that is left out.
    """
    numbers = {}
    for path in sorted([*folder.glob("*"), *folder.glob("*/*")]):
        if path.is_file() and path.parent != besides:
            stat = path.stat()
            numbers[path.relative_to(folder).as_posix()] = stat.st_ino, stat.st_mtime_ns
    return numbers


def checksums(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Give the SHA-256 of files by name, relative to a folder."""
    return {name: _checksum(folder / name) for name in names}


def require_checksums(folder: Path, expected: dict[str, Any], config_file: Path) -> None:
    """Hold files to their checksums; names that lead out of the folder are passed over.

    Args:
        folder: of the run.
        expected: SHA-256 by name, relative to it.
        config_file: where these stand.

    Raises:
        DataError: a file is missing, or is not as it was written; names it.
    """
    for name, checksum in expected.items():
        for file in claim.files_within([name]):
            if _checksum(folder / file) != checksum:
                raise DataError(
                    f"{folder / file}: expected the file as it was written, got other content than its checksum "
                    f"in {config_file.name} is of"
                )


def digest(files: dict[str, str]) -> str:
    """A hash of all checksums, which weights carry: without the same labels and symbols they are of no use."""
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


def _checksum(path: Path) -> str:
    content = hashlib.sha256()
    file, _ = open_regular(path, "a file of a run")
    with file:
        while block := file.read(_BLOCK):
            content.update(block)
    return content.hexdigest()
