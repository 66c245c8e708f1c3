"""A text as numbers in a memory-mapped file, so that it may be larger than memory."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from recurra.data import atomic
from recurra.data.tokenizers import Tokenizer
from recurra.errors import DataError


@dataclass(frozen=True)
class Corpus:
    """The numbers of a text, kept in a file.

    path: little-endian numbers of type `dtype`, nothing else.
    tokens: how many. characters: of the text they stand for. unknown: how many of them are <unk>.
    """

    path: Path
    dtype: str
    tokens: int
    characters: int
    unknown: int

    def __len__(self) -> int:
        return self.tokens

    def numbers(self) -> np.ndarray:
        """Map the file anew; pages of a dropped map leave this process, so map a long text often."""
        return np.memmap(self.path, self.dtype, "r", shape=(self.tokens,))


def cache_folder() -> Path:
    """Where Recurra keeps what it can make again: $XDG_CACHE_HOME/recurra, or ~/.cache/recurra."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "recurra"


def fingerprint(pieces: Iterable[str]) -> str:
    """Give the SHA-256 of a text, in hexadecimal."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece.encode("utf-8"))
    return digest.hexdigest()


def tokenize(pieces: Iterable[str], tokenizer: Tokenizer, text_fingerprint: str) -> Corpus:
    """Encode a text into the cache, or find it there.

    Args:
        pieces: the text, whole lines a piece.
        tokenizer: turns it into numbers.
        text_fingerprint: of the text, the cache's key together with the tokenizer.

    Raises:
        DataError: the text has fewer than two symbols, so that nothing can be predicted.
    """
    key = hashlib.sha256((text_fingerprint + tokenizer.to_json()).encode()).hexdigest()[:32]
    folder = cache_folder() / "tokens"
    numbers, about = folder / f"{key}.bin", folder / f"{key}.json"
    if found := _cached(numbers, about):
        return found
    folder.mkdir(parents=True, exist_ok=True)
    with atomic.replacing(numbers) as aside:
        corpus = _encode(pieces, tokenizer, aside)
        if corpus.tokens < 2:
            raise DataError(f"expected a text of at least 2 symbols, got {corpus.tokens}")
    facts = {name: value for name, value in asdict(corpus).items() if name != "path"}
    atomic.write_text(about, json.dumps(facts))
    return Corpus(numbers, **facts)


def _cached(numbers: Path, about: Path) -> Corpus | None:
    """Find a whole entry of the cache; one that is broken counts as none."""
    try:
        corpus = Corpus(numbers, **json.loads(about.read_text(encoding="utf-8")))
        whole = numbers.stat().st_size == corpus.tokens * np.dtype(corpus.dtype).itemsize
    except (OSError, ValueError, TypeError):
        return None
    return corpus if whole else None


def _encode(pieces: Iterable[str], tokenizer: Tokenizer, path: Path) -> Corpus:
    dtype = next(d for d in ("<u1", "<u2", "<u4") if len(tokenizer) - 1 <= np.iinfo(d).max)
    tokens = characters = unknown = 0
    with path.open("wb") as file:
        for piece in pieces:
            encoded = tokenizer.encode(piece)
            file.write(encoded.astype(dtype).tobytes())
            tokens += len(encoded)
            characters += len(piece)
            unknown += 0 if tokenizer.unknown is None else int((encoded == tokenizer.unknown).sum())
    return Corpus(path, dtype, tokens, characters, unknown)
