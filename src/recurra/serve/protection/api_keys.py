"""API keys: a file that knows them by their SHA-256 alone, and is read again when it changes.

A key is 256 random bits, so that its hash needs neither salt nor a slow function.
"""

import hashlib
import hmac
import logging
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from recurra.data.files.lines import numbered_lines
from recurra.errors import DataError, quote

log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9._@-]{1,64}")
_HASH = re.compile(r"[0-9a-f]{64}")
_LINE = "NAME:SHA-256 of the key[:requests a minute]"


@dataclass(frozen=True)
class ApiKey:
    """A key as it is known: whose, its SHA-256, and how many requests a minute it may send, if that is said."""

    name: str
    digest: str
    requests_per_minute: int | None = None


def new_key(name: str) -> tuple[str, str]:
    """Make a key; give it, and the line of the file that knows it.

    Raises:
        DataError: the name is none that a line may have.
    """
    _require_name("name", name)
    key = f"rk-{secrets.token_urlsafe(32)}"
    return key, f"{name}:{_digest(key)}"


class ApiKeys:
    """The keys of a file.

    Args:
        path: the file. Lines of white space, and those that begin with #, say nothing; a name may have several keys.

    Raises:
        DataError: it cannot be read, has a wrong line, or has no key.
    """

    def __init__(self, path: Path):
        self._path = path
        self._seen = _written(path)
        self._keys = _read(path)

    def find(self, key: str) -> ApiKey | None:
        """The key that a client has sent; the time that this takes does not depend on how much of it is right."""
        self._read_again()
        digest, match = _digest(key), None
        for each in self._keys:
            if hmac.compare_digest(each.digest, digest):
                match = each
        return match

    def _read_again(self) -> None:
        """Read the file, if it has changed; while it is wrong, what it was before is held to."""
        seen = _written(self._path)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._keys = _read(self._path)
            log.info("%s: read again, %d keys", self._path, len(self._keys))
        except DataError as error:
            log.error("API keys stay as they were: %s", error)


def _read(path: Path) -> list[ApiKey]:
    keys = []
    for number, line in numbered_lines(path):
        if not line.lstrip().startswith("#"):
            keys.append(_parse(f"{path}:{number}", line.strip()))
    if not keys:
        raise DataError(f"{path}: expected lines {_LINE}, got none")
    return keys


def _parse(place: str, line: str) -> ApiKey:
    name, *rest = line.split(":")
    if len(rest) not in (1, 2):
        raise DataError(f"{place}: expected {_LINE}, got {len(rest) + 1} parts")
    _require_name(place, name)
    if not _HASH.fullmatch(rest[0]):
        # What stands here may be a key that was put into the file as it is: it is not repeated.
        raise DataError(f"{place}: expected a SHA-256 as 64 digits 0-9 a-f, got {len(rest[0])} characters")
    if len(rest) == 1:
        return ApiKey(name, rest[0])
    if not re.fullmatch("[1-9][0-9]{0,8}", rest[1]):
        raise DataError(f"{place}: expected requests a minute from 1 to 999999999, got {quote(rest[1])}")
    return ApiKey(name, rest[0], int(rest[1]))


def _require_name(place: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise DataError(f"{place}: expected a name of 1 to 64 letters, digits and . _ @ -, got {quote(name)}")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _written(path: Path) -> tuple[int, int, int]:
    """When a file was written, its size, and which it is; zeros where there is none."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0, 0
    return status.st_mtime_ns, status.st_size, status.st_ino
