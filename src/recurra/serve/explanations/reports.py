"""The reports that a server keeps: files in a folder that its processes share, and nobody else can guess or read."""

import hashlib
import hmac
import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from recurra.data.files.regular_file import read_bytes
from recurra.errors import DataError
from recurra.serve.explanations.locks import try_lock

_MOST = 16  # reports that are kept
_PREFIX = "recurra-reports-"
_ABANDONED = 60  # seconds


class Reports:
    """Reports by a number that is a function of what they are of, and which only the server can compute.

    Args:
        token: a secret that the processes of one server share, of 32 random bytes or more, in hexadecimal.
    """

    def __init__(self, token: str):
        self._secret = token.encode()
        name = hmac.new(self._secret, b"folder", hashlib.sha256).hexdigest()[:32]
        self.folder = Path(tempfile.gettempdir()) / f"{_PREFIX}{name}"
        self._handle: int | None = None  # of the folder, by whose lock other servers see that it is used

    def open(self) -> None:
        """Make the folder, where it is not there, and remove those of servers that were killed.

        Raises:
            OSError: it cannot be made.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if self._handle is None:
            self._handle = os.open(self.folder, os.O_RDONLY)
            try_lock(self._handle, shared=True)
            for folder in self.folder.parent.glob(f"{_PREFIX}*"):
                _remove_abandoned(folder)

    def id_of(self, parts: Iterable[object]) -> str:
        """The number of the report that is of these things, 64 hexadecimal digits."""
        return hmac.new(self._secret, repr(tuple(parts)).encode(), hashlib.sha256).hexdigest()

    def files(self, id_: str) -> tuple[Path, Path]:
        """The numbers of a report as JSON, which are written last, and its page."""
        return self.folder / f"{id_}.json", self.folder / f"{id_}.html"

    def has(self, id_: str) -> bool:
        """Whether a report is kept."""
        return all(file.exists() for file in self.files(id_))

    def numbers(self, id_: str) -> str | None:
        """The numbers of a report as a line of JSON; None where it is not kept."""
        return _text(self.files(id_)[0])

    def page(self, id_: str) -> str | None:
        """The page of a report in HTML; None where it is not kept."""
        return _text(self.files(id_)[1])

    def trim(self) -> None:
        """Remove the oldest reports, where there are too many."""
        by_age = sorted(self.folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
        for file in by_age[:-_MOST]:
            for each in self.files(file.stem):
                each.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove all."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        shutil.rmtree(self.folder, ignore_errors=True)


def _remove_abandoned(folder: Path) -> None:
    """Remove a folder that no server uses, if it is old enough for its server to have said so."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:  # somebody else's
        return
    try:
        if time.time() - os.fstat(handle).st_mtime > _ABANDONED and try_lock(handle):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)


def _text(file: Path) -> str | None:
    try:
        return read_bytes(file, "a report").decode()
    except DataError:
        return None
