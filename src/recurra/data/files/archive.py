"""Zip archives, read strictly: what is broken, encrypted or far too large is one line that names the file."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recurra.errors import DataError

LARGEST = 1 << 31  # bytes of one member when it is unpacked: a few bytes of an archive can stand for very many

# what the standard library raises on archives that are broken or of a kind that it cannot read
_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,  # encrypted, or compressed in a way that is not known
    ValueError,
    LookupError,
    OverflowError,
)


@contextmanager
def opened(path: Path, kind: str = "a zip archive") -> Iterator[zipfile.ZipFile]:
    """Open an archive, called `kind` in errors; those of what is read inside the block name it too.

    Raises:
        DataError: it is no archive, or is broken; names the file.
    """
    with naming(path, kind=kind), zipfile.ZipFile(path) as archive:
        yield archive


@contextmanager
def naming(path: Path, member: str = "", kind: str = "a zip archive") -> Iterator[None]:
    """Turn what a broken archive raises into an error that names the file and maybe the member."""
    try:
        yield
    except DataError:
        raise
    except _ERRORS as error:
        inside = f"{member}: " if member else ""
        raise DataError(f"{path}: expected {kind}, got: {inside}{_explained(error)}") from None


def read(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Read a member, whose checksum is checked.

    Raises:
        DataError: it is broken, encrypted, or larger than `LARGEST`; names file and member.
    """
    refuse_large(path, member)
    with naming(path, member.filename):
        return archive.read(member)


def refuse_large(path: Path, member: zipfile.ZipInfo) -> None:
    """Refuse a member that says to be larger than `LARGEST`."""
    if member.file_size > LARGEST:
        raise DataError(f"{path}: {member.filename}: expected at most {LARGEST:,} bytes, got {member.file_size:,}")


def _explained(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if "encrypted" in str(error):
        return "an encrypted one"
    return str(error) or type(error).__name__
