"""A text as numbers in a memory-mapped file, so that it may be larger than memory."""

import contextlib
import hashlib
import json
import os
import tempfile
import weakref
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from recurra.data.files import atomic, cache
from recurra.data.files.cache import cache_folder
from recurra.data.text.tokenizers import Tokenizer
from recurra.data.text.unknown_symbols import SHOWN
from recurra.errors import DataError

__all__ = ["Corpus", "cache_folder", "fingerprint", "tokenize"]

_FORMAT = "2"  # of an entry of the cache
_BLOCK = 1 << 20  # bytes


@dataclass(frozen=True)
class Corpus:
    """The numbers of a text, kept in a file that stays open: it may be removed meanwhile.

    path: where the file is, or was; None for one without a name. It holds little-endian numbers of type `dtype`,
        nothing else.
    tokens: how many. characters: of the text they stand for; first_characters: of these, the first token's.
    unknown: how many tokens are <unk>; unknown_symbols: some of these, as they stand in the text.
    checksum: CRC-32 of the file.
    """

    path: Path | None
    dtype: str
    tokens: int
    characters: int
    unknown: int
    first_characters: int = 1
    unknown_symbols: tuple[str, ...] = ()
    checksum: int = 0
    file: "_OpenFile | None" = field(default=None, compare=False, repr=False)

    def __len__(self) -> int:
        return self.tokens

    def numbers(self) -> np.ndarray:
        """Map the file anew; pages of a dropped map leave this process, so map a long text often."""
        with self._reader() as file:
            return np.memmap(file, self.dtype, "r", shape=(self.tokens,))

    def _reader(self) -> BinaryIO:
        """Open the file; where somebody has cut it short, the one that has taken its place."""
        assert self.file is not None, "made by tokenize"
        file = self.file.reader()
        if self.path is None or os.fstat(file.fileno()).st_size == self.tokens * np.dtype(self.dtype).itemsize:
            return file
        file.close()
        return self.path.open("rb")


class _OpenFile:
    """A file that is open for reading as long as somebody has this, whatever becomes of its name."""

    def __init__(self, file: BinaryIO):
        self._descriptor = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._descriptor)

    def reader(self) -> BinaryIO:
        """Open it again, at its beginning."""
        file = os.fdopen(os.dup(self._descriptor), "rb")
        file.seek(0)
        return file


def fingerprint(pieces: Iterable[str]) -> str:
    """Give the SHA-256 of a text, in hexadecimal."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece.encode("utf-8"))
    return digest.hexdigest()


def tokenize(pieces: Iterable[str], tokenizer: Tokenizer, text_fingerprint: str, keep: bool = True) -> Corpus:
    """Encode a text into the cache, or find it there.

    Where the cache cannot be written, the numbers are in a file without a name, and gone with the process.

    Args:
        pieces: the text, in pieces that cut no word.
        tokenizer: turns it into numbers.
        text_fingerprint: of the text, the cache's key together with the tokenizer.
        keep: whether to use the cache.

    Raises:
        DataError: the text has fewer than two symbols, so that nothing can be predicted; or there is no room.
    """
    key = hashlib.sha256((_FORMAT + text_fingerprint + tokenizer.to_json()).encode()).hexdigest()[:32]
    numbers = cache.token_folder() / f"{key}.bin"
    if keep and (cached := _cached(numbers)):
        return cached
    limit = cache.size_limit()
    if not (keep and _is_writable(numbers.parent)):
        with _room(Path(tempfile.gettempdir())), tempfile.TemporaryFile() as unnamed:
            return Corpus(None, **_encode(pieces, tokenizer, unnamed), file=_OpenFile(unnamed))
    with _room(numbers.parent):
        with atomic.replacing(numbers) as aside, aside.open("wb") as written:
            facts = _encode(pieces, tokenizer, written)
        content = json.dumps(facts)
        atomic.write_text(numbers.with_suffix(".json"), json.dumps({"facts": content, "checksum": _sum(content)}))
    with numbers.open("rb") as file:
        corpus = Corpus(numbers, **facts, file=_OpenFile(file))
    with contextlib.suppress(OSError):
        cache.trim(limit)
    return corpus


def _cached(numbers: Path) -> Corpus | None:
    """Find a whole entry of the cache; one that is broken counts as none."""
    about = numbers.with_suffix(".json")
    try:
        entry = json.loads(about.read_text(encoding="utf-8"))
        if _sum(entry["facts"]) != entry["checksum"]:
            return None
        facts = json.loads(entry["facts"])
        facts["unknown_symbols"] = tuple(facts["unknown_symbols"])
        with numbers.open("rb") as file:
            corpus = Corpus(numbers, **facts, file=_OpenFile(file))
            if not _is_whole(corpus, file):
                return None
    except (OSError, ValueError, TypeError, KeyError):
        return None
    with contextlib.suppress(OSError):
        os.utime(about)  # used now
    return corpus


def _is_whole(corpus: Corpus, file: BinaryIO) -> bool:
    """Whether the file has the size and the sum that were written down."""
    size = os.fstat(file.fileno()).st_size
    if size != corpus.tokens * np.dtype(corpus.dtype).itemsize:
        return False
    checksum = 0
    while block := file.read(_BLOCK):
        checksum = zlib.crc32(block, checksum)
    return checksum == corpus.checksum


def _sum(text: str) -> int:
    return zlib.crc32(text.encode())


def _is_writable(folder: Path) -> bool:
    """Whether files can be made in a folder, which is made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _encode(pieces: Iterable[str], tokenizer: Tokenizer, file: BinaryIO) -> dict[str, Any]:
    """Write the numbers of a text to a file, and give the facts about them.

    Raises:
        DataError: the text is too short.
    """
    dtype = next(d for d in ("<u1", "<u2", "<u4") if len(tokenizer) - 1 <= np.iinfo(d).max)
    tokens = characters = first_characters = unknown = checksum = 0
    unknown_symbols = list[str]()
    for piece in pieces:
        encoded = tokenizer.encode(piece)
        block = encoded.astype(dtype).tobytes()
        file.write(block)
        if not tokens:
            first_characters = tokenizer.first_length(piece)
        if tokenizer.unknown is not None:
            unknown += int((encoded == tokenizer.unknown).sum())
            if unknown and len(unknown_symbols) < SHOWN:
                unknown_symbols = list(dict.fromkeys([*unknown_symbols, *tokenizer.unknown_of(piece, encoded)]))
        tokens += len(encoded)
        characters += len(piece)
        checksum = zlib.crc32(block, checksum)
    if tokens < 2:
        raise DataError(f"expected a text of at least 2 symbols, got {tokens}")
    file.flush()
    return {
        "dtype": dtype,
        "tokens": tokens,
        "characters": characters,
        "first_characters": first_characters,
        "unknown": unknown,
        "unknown_symbols": tuple(unknown_symbols[:SHOWN]),
        "checksum": checksum,
    }


@contextlib.contextmanager
def _room(folder: Path) -> Iterator[None]:
    """Say where something could not be written.

    Raises:
        DataError: there was no room, or the like.
    """
    try:
        yield
    except OSError as error:
        raise DataError(f"{folder}: expected room for the numbers of a text, got: {error.strerror}") from error
