"""Text to numbers and back: characters, words or byte pairs, in one `tokenizer.json`."""

import codecs
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import tokenizers
from tokenizers import Regex, decoders, models, pre_tokenizers, trainers

from recurra.data import atomic
from recurra.errors import DataError

UNKNOWN = "<unk>"
KINDS = ("char", "word", "bpe")


class Tokenizer:
    """Symbols of a text and their numbers, over a `tokenizers.Tokenizer`, whose file format it keeps.

    Three kinds:
        char: one symbol a character.
        word: one symbol a run of anything but white space, the line end a symbol of its own; the most frequent words
            have a number, the rest share <unk>. Decoding puts one space between words.
        bpe: byte pairs (Sennrich et al., 2016) over UTF-8 bytes, so that nothing is unknown and decoding is exact.

    A text is encoded line by line, so that the numbers do not depend on how it is divided into pieces.
    """

    def __init__(self, inner: tokenizers.Tokenizer):
        self.inner = inner
        model = inner.model
        if isinstance(model, models.BPE):
            self.kind = "bpe"
        elif isinstance(inner.decoder, decoders.Fuse):
            self.kind = "char"
        else:
            self.kind = "word"

    @classmethod
    def learn(cls, kind: str, pieces: Iterable[str], vocabulary_size: int = 0) -> "Tokenizer":
        """Collect the symbols of a text.

        Args:
            kind: "char", "word" or "bpe".
            pieces: the text.
            vocabulary_size: symbols at most, <unk> included where there is one; 0 means all characters, the 10,000
                likeliest words, or 4,096 byte pairs.

        Raises:
            DataError: there is no text, or the vocabulary cannot be that small.
        """
        first, pieces = _peek(pieces)
        if not first:
            raise DataError("expected some text to learn symbols from, got none")
        if kind not in KINDS:
            raise DataError(f"tokenizer: expected one of {', '.join(KINDS)}, got {kind!r}")
        return cls({"char": _learn_chars, "word": _learn_words, "bpe": _learn_bpe}[kind](pieces, vocabulary_size))

    @classmethod
    def load(cls, path: Path) -> "Tokenizer":
        """Read a `tokenizer.json`."""
        try:
            return cls(tokenizers.Tokenizer.from_str(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise DataError(f"{path}: expected a tokenizer, found nothing there") from None
        except Exception as error:  # the library raises bare Exception
            raise DataError(f"{path}: expected a tokenizer in the tokenizers format, got: {error}") from error

    def to_json(self) -> str:
        """Give the file's content."""
        return self.inner.to_str(pretty=True)

    def save(self, path: Path) -> None:
        """Write a `tokenizer.json`."""
        atomic.write_text(path, self.to_json())

    def __len__(self) -> int:
        return self.inner.get_vocab_size()

    @cached_property
    def symbols(self) -> list[str]:
        """Every symbol, in the order of the numbers."""
        vocabulary = self.inner.get_vocab()
        return sorted(vocabulary, key=vocabulary.__getitem__)

    @property
    def unknown(self) -> int | None:
        """Number of <unk>, or None where nothing can be unknown."""
        return self.inner.token_to_id(UNKNOWN)

    def encode(self, text: str) -> np.ndarray:
        """Turn text into numbers, int64."""
        if self.kind == "char":
            return self._character_numbers[np.minimum(_code_points(text), len(self._character_numbers) - 1)]
        lines = text.splitlines(keepends=True) if self.kind == "bpe" else [text]
        encoded = self.inner.encode_batch_fast(lines, add_special_tokens=False)
        return np.fromiter(chain.from_iterable(line.ids for line in encoded), np.int64)

    def decode(self, numbers: Sequence[int]) -> str:
        """Turn numbers into text."""
        push = self.decode_stream()
        return "".join(push(int(number)) for number in numbers) + push(None)

    def words_of(self, numbers: Sequence[int]) -> list[int]:
        """Which word between white space each symbol belongs to, from 0; -1 for white space itself."""
        push, found, word, begins = self.decode_stream(), list[int](), -1, True
        for number in numbers:
            piece = push(int(number))
            if piece and not piece.strip():
                begins = True
                found.append(-1)
                continue
            if begins or piece[:1].isspace():
                word, begins = word + 1, False
            found.append(word)
        return found

    def decode_stream(self) -> Callable[[int | None], str]:
        """Give a function that takes one number after another and returns the text each completes.

        A character whose bytes are not all there yet gives "". None flushes what is left.
        """
        if self.kind == "bpe":
            return _ByteStream(self.symbols).push
        if self.kind == "word":
            return _WordStream(self.symbols).push
        return lambda number: "" if number is None else self.symbols[number]

    @cached_property
    def _character_numbers(self) -> np.ndarray:
        """Numbers by code point; the last entry, one beyond the highest known, is that of <unk>."""
        vocabulary = {ord(c): number for c, number in self.inner.get_vocab().items() if len(c) == 1}
        table = np.full(max(vocabulary, default=0) + 2, self.unknown, np.int64)
        table[list(vocabulary)] = list(vocabulary.values())
        return table


class _WordStream:
    """Words with one space between them, and none around a line end."""

    def __init__(self, symbols: list[str]):
        self.symbols = symbols
        self.fresh = True

    def push(self, number: int | None) -> str:
        if number is None:
            return ""
        word = self.symbols[number]
        gap = "" if self.fresh or word == "\n" else " "
        self.fresh = word == "\n"
        return gap + word


class _ByteStream:
    """Byte-level symbols to text, holding back an unfinished character."""

    def __init__(self, symbols: list[str]):
        self.symbols = symbols
        self.bytes_of = _byte_alphabet()
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def push(self, number: int | None) -> str:
        if number is None:
            return self.decoder.decode(b"", final=True)
        return self.decoder.decode(bytes(self.bytes_of[c] for c in self.symbols[number]))


@cache
def _byte_alphabet() -> dict[str, int]:
    """Bytes by the printable characters that byte-level BPE writes for them (Radford et al., 2019)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(others)}


def _peek(pieces: Iterable[str]) -> tuple[str, Iterator[str]]:
    pieces = (piece for piece in pieces if piece)
    first = next(pieces, "")
    return first, chain([first], pieces)


def _code_points(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _learn_chars(pieces: Iterable[str], size: int) -> tokenizers.Tokenizer:
    counts: Counter[int] = Counter()
    for piece in pieces:
        points, times = np.unique(_code_points(piece), return_counts=True)
        counts.update(dict(zip(points.tolist(), times.tolist(), strict=True)))
    kept = [chr(point) for point, _ in _most_frequent(counts, size - 1 if size else len(counts))]
    inner = tokenizers.Tokenizer(models.WordLevel(_numbered([UNKNOWN, *sorted(kept)]), unk_token=UNKNOWN))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    inner.decoder = decoders.Fuse()
    return inner


def _learn_words(pieces: Iterable[str], size: int) -> tokenizers.Tokenizer:
    counts: Counter[str] = Counter()
    splitter = _word_splitter()
    for piece in pieces:
        counts.update(word for word, _ in splitter.pre_tokenize_str(piece))
    counts.pop(UNKNOWN, None)  # some corpora hold it as a word
    kept = [word for word, _ in _most_frequent(counts, (size or 10_000) - 1)]
    inner = tokenizers.Tokenizer(models.WordLevel(_numbered([UNKNOWN, *kept]), unk_token=UNKNOWN))
    inner.pre_tokenizer = splitter
    return inner


def _learn_bpe(pieces: Iterable[str], size: int) -> tokenizers.Tokenizer:
    if size and size < 256:
        raise DataError(f"vocabulary_size: expected at least 256 for bpe, one a byte, got {size}")
    inner = tokenizers.Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size or 4096, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    inner.train_from_iterator((line for piece in pieces for line in piece.splitlines(keepends=True)), trainer)
    return inner


def _word_splitter() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\n"), "isolated"),
            pre_tokenizers.Split(Regex(r"[^\S\n]+"), "removed"),
        ]
    )


def _most_frequent(counts: Counter[Any], number: int) -> list[tuple[Any, int]]:
    """The most frequent entries; ties in the entries' own order, so that the result is always the same."""
    if number < 1:
        raise DataError(f"vocabulary_size: expected at least 2, got {number + 1}")
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:number]


def _numbered(symbols: Sequence[str]) -> dict[str, int]:
    return {symbol: number for number, symbol in enumerate(symbols)}
