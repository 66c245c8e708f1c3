"""Text to numbers and back: characters, words or byte pairs, in one `tokenizer.json`."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import tokenizers
from tokenizers import decoders, models, pre_tokenizers

from recurra.data.files import atomic
from recurra.data.files.regular_file import parse_json, read_bytes
from recurra.data.text import byte_pairs, characters, tokenizer_file, word_numbers, words
from recurra.data.text.vocabulary import UNKNOWN
from recurra.errors import DataError

KINDS = ("char", "word", "bpe")
_FIRST = 10_000  # characters, more than a symbol has
_AT_ONCE = 1 << 20  # characters that are encoded together


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
        learn = {"char": characters.learn, "word": words.learn, "bpe": byte_pairs.learn}[kind]
        return cls(learn(pieces, vocabulary_size))

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
            return characters.look_up(text, self._character_numbers)
        lines = byte_pairs.lines_of(text, byte_pairs.ENCODED_RUN) if self.kind == "bpe" else [text]
        return np.fromiter(chain.from_iterable(self._numbers(lines)), np.int64)

    def encode_all(self, texts: Iterable[str]) -> list[np.ndarray]:
        """Turn texts into numbers, int64 each; of words this takes far less time than one text after the other."""
        if self.kind != "word":
            return [self.encode(text) for text in texts]
        return [np.asarray(numbers, np.int64) for numbers in self._numbers(texts)]

    def _numbers(self, texts: Iterable[str]) -> Iterator[list[int]]:
        """The numbers of texts as the library gives them, many texts at a time."""
        for group in grouped(texts, _AT_ONCE):
            try:
                encoded = self.inner.encode_batch_fast(group, add_special_tokens=False)
            except (TypeError, UnicodeEncodeError):  # half a surrogate pair is no text
                encoded = self.inner.encode_batch_fast(list(map(without_surrogates, group)), add_special_tokens=False)
            for numbers in encoded:
                yield numbers.ids

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

    def decode_stream(self, after: str = "", symbols: Sequence[int] = ()) -> Callable[[int | None], str]:
        """Give a function that takes one number after another and returns the text each completes.

        A character whose bytes are not all there yet gives "". None flushes what is left.

        Args:
            after: the text that the numbers go on from; words have a space between them and its last word.
            symbols: the last three before the numbers, or more, which may end within a character; the numbers may
                complete it.
        """
        if self.kind == "bpe":
            return byte_pairs.ByteStream(self.symbols, symbols).push
        if self.kind == "word":
            return words.WordStream(self.symbols, after).push
        return lambda number: "" if number is None else self.symbols[number]

    @cached_property
    def _character_numbers(self) -> np.ndarray:
        """Numbers of characters by their code points; see `recurra.data.text.characters`."""
        assert self.unknown is not None, "characters may be unknown"
        return characters.number_table(self.inner.get_vocab(), self.unknown)


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


def grouped(texts: Iterable[str], characters: int) -> Iterator[list[str]]:
    """Give texts some at a time: as many as have this many characters together, or one that has more."""
    group, length = list[str](), 0
    for text in texts:
        group.append(text)
        length += len(text)
        if length >= characters:
            yield group
            group, length = [], 0
    if group:
        yield group


def _peek(pieces: Iterable[str]) -> tuple[str, Iterator[str]]:
    pieces = (piece for piece in pieces if piece)
    first = next(pieces, "")
    return first, chain([first], pieces)
