"""What turns data into numbers, as files of a run: labels, words, tokenizers; and how weights are held to them."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from recurra.data.files.fingerprint import file_sha256
from recurra.errors import DataError
from recurra.training import claim

_WHAT = "a file of a run"

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
    return {name: file_sha256(folder / name, _WHAT) for name in names}


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
            if file_sha256(folder / file, _WHAT) != checksum:
                raise DataError(
                    f"{folder / file}: expected the file as it was written, got other content than its checksum "
                    f"in {config_file.name} is of"
                )


def digest(files: dict[str, str]) -> str:
    """A hash of all checksums, which weights carry: without the same labels and symbols they are of no use."""
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
