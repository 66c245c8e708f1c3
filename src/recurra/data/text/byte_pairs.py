"""Byte pairs (Sennrich et al., 2016) over UTF-8 bytes: learnt from lines, and turned back into text."""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import tokenizers
from tokenizers import decoders, models, pre_tokenizers, trainers

from recurra.errors import DataError

LEARNT_RUN = 128  # characters: a longer run without white space is learnt from in parts; the cost grows with its square
ENCODED_RUN = 1 << 16  # characters: a longer run is encoded in parts, in bounded memory


def learn(pieces: Iterable[str], size: int) -> tokenizers.Tokenizer:
    """Collect the likeliest byte pairs.

    Raises:
        DataError: the vocabulary cannot be that small.
    """
    if size and size < 256:
        raise DataError(f"vocabulary_size: expected at least 256 for bpe, one a byte, got {size}")
    inner = tokenizers.Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size or 4096, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    inner.train_from_iterator((line for piece in pieces for line in lines_of(piece, LEARNT_RUN)), trainer)
    return inner


def lines_of(text: str, longest: int) -> Iterator[str]:
    """Give the lines of a text, with their ends; runs without white space over `longest` characters are divided."""
    for line in text.splitlines(keepends=True):
        if len(line) <= longest or max(map(len, line.split()), default=0) <= longest:
            yield line
            continue
        start = 0
        for run in re.finditer(r"\S+", line):
            for end in range(run.start() + longest, run.end(), longest):
                yield line[start:end]
                start = end
        yield line[start:]


class ByteStream:
    """Byte-level symbols to text, holding back an unfinished character.

    Args:
        symbols: by number.
        before: numbers of the symbols before, which may end within a character. The last three are enough: a character
            that is not finished has at most three bytes, and where one begins is seen from its first byte.
    """

    def __init__(self, symbols: list[str], before: Sequence[int] = ()):
        self.symbols = symbols
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for number in before:
            self.push(number)

    def push(self, number: int | None) -> str:
        """Take one number; give the text that it completes. None flushes what is left."""
        if number is None:
            return self.decoder.decode(b"", final=True)
        return self.decoder.decode(bytes_of(self.symbols[number]))


def bytes_of(symbol: str) -> bytes:
    """The bytes that a symbol stands for."""
    alphabet = _byte_alphabet()
    return bytes(alphabet[character] for character in symbol)


def characters_of(symbols: Sequence[str]) -> list[tuple[int, str]]:
    """The characters of a text, each with the number of its bytes; a byte that belongs to none is one by itself."""
    text = b"".join(map(bytes_of, symbols)).decode("utf-8", "surrogateescape")
    return [(1 if "\udc80" <= character <= "\udcff" else len(character.encode()), character) for character in text]


@cache
def _byte_alphabet() -> dict[str, int]:
    """Bytes by the printable characters that byte-level BPE writes for them (Radford et al., 2019)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(others)}
