"""Words as symbols: what stands between white space, and the line end as a symbol of its own."""

from collections import Counter
from collections.abc import Iterable

import tokenizers
from tokenizers import Regex, pre_tokenizers

from recurra.data.text.vocabulary import UNKNOWN, most_frequent, numbered

_DEFAULT_SIZE = 10_000


def learn(pieces: Iterable[str], size: int) -> tokenizers.Tokenizer:
    """Collect the most frequent words of a text.

    Args:
        pieces: the text.
        size: symbols at most, the one for what is unknown included; 0 means 10,000.

    Raises:
        DataError: the vocabulary cannot be that small.
    """
    counts: Counter[str] = Counter()
    splitter = _splitter()
    for piece in pieces:
        counts.update(word for word, _ in splitter.pre_tokenize_str(piece))
    counts.pop(UNKNOWN, None)  # some corpora hold it as a word
    inner = tokenizers.Tokenizer(numbered(most_frequent(counts, (size or _DEFAULT_SIZE) - 1)))
    inner.pre_tokenizer = splitter
    return inner


def _splitter() -> pre_tokenizers.PreTokenizer:
    line_end = pre_tokenizers.Split(Regex(r"\n"), "isolated")
    white_space = pre_tokenizers.Split(Regex(r"[^\S\n]+"), "removed")
    return pre_tokenizers.Sequence([line_end, white_space])


class WordStream:
    """Words with one space between them, and none around a line end.

    Args:
        symbols: by number.
        after: the text that the words go on from; "" at the beginning.
    """

    def __init__(self, symbols: list[str], after: str = ""):
        self.symbols = symbols
        self.needs_space = bool(after) and not after[-1].isspace()

    def push(self, number: int | None) -> str:
        """Take one number; give its word, with the space before it. None gives "", since nothing is held back."""
        if number is None:
            return ""
        word = self.symbols[number]
        is_line_end = word == "\n"
        space = " " if self.needs_space and not is_line_end else ""
        self.needs_space = not is_line_end
        return space + word
