"""The reports that a server keeps: files in a folder that its processes share, and nobody else can guess or read."""

import hashlib
import hmac
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from recurra.data.files.regular_file import read_bytes
from recurra.errors import DataError

_MOST = 16  # reports that are kept


class Reports:
    """Reports by a number that is a function of what they are of, and which only the server can compute.

    Args:
        token: a secret that the processes of one server share, of 32 random bytes or more, in hexadecimal.
    """

    def __init__(self, token: str):
        self._secret = token.encode()
        name = hmac.new(self._secret, b"folder", hashlib.sha256).hexdigest()[:32]
        self.folder = Path(tempfile.gettempdir()) / f"recurra-reports-{name}"

    def open(self) -> None:
        """Make the folder, where it is not there.

        Raises:
            OSError: it cannot be made.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)

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
        shutil.rmtree(self.folder, ignore_errors=True)


def _text(file: Path) -> str | None:
    try:
        return read_bytes(file, "a report").decode()
    except DataError:
        return None
