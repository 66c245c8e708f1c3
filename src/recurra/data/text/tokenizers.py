"""Text to numbers and back: characters, words or byte pairs, in one `tokenizer.json`."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import tokenizers
from tokenizers import Regex, decoders, models, pre_tokenizers

from recurra.data.files import atomic
from recurra.data.files.regular_file import parse_json, read_bytes
from recurra.data.text import byte_pairs, tokenizer_file, word_numbers
from recurra.errors import DataError

UNKNOWN = "<unk>"
KINDS = ("char", "word", "bpe")
_FIRST = 10_000  # characters, more than a symbol has


class Tokenizer:
    """Symbols of a text and their numbers, over a `tokenizers.Tokenizer`, whose file format it keeps.

    Three kinds:

    - char: one symbol a character.
    - word: one symbol a run of anything but white space, the line end a symbol of its own; the most frequent words
      have a number, the rest share <unk>. Decoding puts one space between words.
    - bpe: byte pairs (Sennrich et al., 2016) over UTF-8 bytes, so that nothing is unknown and decoding is exact.

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
        first, pieces = _peek(map(without_surrogates, pieces))
        if not first:
            raise DataError("expected some text to learn symbols from, got none")
        if kind not in KINDS:
            raise DataError(f"tokenizer: expected one of {', '.join(KINDS)}, got {kind!r}")
        return cls({"char": _learn_chars, "word": _learn_words, "bpe": byte_pairs.learn}[kind](pieces, vocabulary_size))

    @classmethod
    def load(cls, path: Path) -> "Tokenizer":
        """Read a `tokenizer.json`.

        Raises:
            DataError: it is missing or broken, or has other rules than those that are written here.
        """
        content = parse_json(read_bytes(path, "a tokenizer"), path, "a tokenizer in the tokenizers format")
        try:
            tokenizer_file.require_patterns(content, [_written(kind) for kind in KINDS], path)
            made = cls(tokenizers.Tokenizer.from_str(json.dumps(content)))
            # before `to_json`, in which the library would fill a gap of 2^31 numbers, and abort
            alphabet = set(pre_tokenizers.ByteLevel.alphabet())
            tokenizer_file.require_symbols(made.inner.get_vocab(), made.kind, UNKNOWN, alphabet, path)
            tokenizer_file.require_rules(json.loads(made.to_json()), _written(made.kind), path)
        except DataError:
            raise
        except Exception as error:  # the library raises bare Exception
            line = (str(error) or type(error).__name__).splitlines()[0]
            raise DataError(f"{path}: expected a tokenizer in the tokenizers format, got: {line}") from None
        return made

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
        groups = byte_pairs.line_groups(text) if self.kind == "bpe" else [[text]]
        return np.fromiter(chain.from_iterable(map(self._encode_lines, groups)), np.int64)

    def _encode_lines(self, lines: list[str]) -> Iterator[int]:
        try:
            encoded = self.inner.encode_batch_fast(lines, add_special_tokens=False)
        except (TypeError, UnicodeEncodeError):  # half a surrogate pair is no text
            encoded = self.inner.encode_batch_fast(list(map(without_surrogates, lines)), add_special_tokens=False)
        return chain.from_iterable(line.ids for line in encoded)

    def decode(self, numbers: Sequence[int]) -> str:
        """Turn numbers into text."""
        push = self.decode_stream()
        return "".join(push(int(number)) for number in numbers) + push(None)

    def words_of(self, numbers: Sequence[int], text: str | None = None) -> list[int]:
        """Which word of a text each symbol belongs to, from 0; -1 for white space itself.

        Words are what `text.split()` gives. A symbol that holds parts of several belongs to the first.

        Args:
            numbers: the symbols.
            text: what they were encoded from; None decodes them. What is unknown needs it.
        """
        if self.kind == "word":
            symbols = [self.symbols[number] for number in numbers] if text is None else self._words(text)
            return word_numbers.of_words(symbols)
        if self.kind == "bpe":
            return word_numbers.of_byte_pairs([self.symbols[number] for number in numbers])
        if text is None:
            text = "".join("?" if number == self.unknown else self.symbols[number] for number in numbers)
        return word_numbers.of_characters(text)

    def unknown_of(self, text: str, numbers: np.ndarray) -> list[str]:
        """The characters or words of a text that are unknown, each once, in the order in which they come.

        Args:
            text: that was encoded.
            numbers: its symbols.
        """
        if self.kind == "word":
            symbols: Sequence[str] = self._words(text)
        else:
            symbols = text
        return list(dict.fromkeys(symbols[i] for i in np.flatnonzero(numbers == self.unknown).tolist()))

    def _words(self, text: str) -> list[str]:
        """The words and line ends of a text, as they are encoded."""
        return [word for word, _ in self.inner.pre_tokenizer.pre_tokenize_str(without_surrogates(text))]

    def first_length(self, text: str) -> int:
        """How many characters of a text its first symbol stands for."""
        if self.kind == "word":
            return len(next(iter(self._words(text[:_FIRST])), ""))
        if self.kind == "char":
            return min(1, len(text))
        return len(self.decode(self.encode(text[:_FIRST])[:1].tolist()))

    def decode_stream(self, after: str = "") -> Callable[[int | None], str]:
        """Give a function that takes one number after another and returns the text each completes.

        A character whose bytes are not all there yet gives "". None flushes what is left.

        Args:
            after: the text that the numbers go on from; words have a space between them and its last word.
        """
        if self.kind == "bpe":
            return byte_pairs.ByteStream(self.symbols).push
        if self.kind == "word":
            return _WordStream(self.symbols, after).push
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

    def __init__(self, symbols: list[str], after: str):
        self.symbols = symbols
        self.fresh = not after or after[-1].isspace()

    def push(self, number: int | None) -> str:
        if number is None:
            return ""
        word = self.symbols[number]
        gap = "" if self.fresh or word == "\n" else " "
        self.fresh = word == "\n"
        return gap + word


def without_surrogates(text: str) -> str:
    """A text with half surrogate pairs, which are no characters, replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        pass
    else:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@cache
def _written(kind: str) -> Any:
    """The content of a tokenizer's file, of few symbols."""
    return json.loads(Tokenizer.learn(kind, ["a\n"]).to_json())


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
