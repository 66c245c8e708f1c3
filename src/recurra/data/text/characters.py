"""Characters as symbols: learnt from a text, and looked up in a table of code points."""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import tokenizers
from tokenizers import Regex, decoders, pre_tokenizers

from recurra.data.text.vocabulary import most_frequent, numbered


def learn(pieces: Iterable[str], size: int) -> tokenizers.Tokenizer:
    """Collect the characters of a text.

    Args:
        pieces: the text.
        size: symbols at most, the one for what is unknown included; 0 keeps all characters.

    Raises:
        DataError: the vocabulary cannot be that small.
    """
    counts: Counter[int] = Counter()
    for piece in pieces:
        points, times = np.unique(code_points(piece), return_counts=True)
        counts.update(dict(zip(points.tolist(), times.tolist(), strict=True)))
    characters = map(chr, most_frequent(counts, size - 1 if size else len(counts)))
    inner = tokenizers.Tokenizer(numbered(sorted(characters)))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    inner.decoder = decoders.Fuse()
    return inner


def code_points(text: str) -> np.ndarray:
    """The code points of a text, (N,) uint32; halves of surrogate pairs too."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def number_table(vocabulary: Mapping[str, int], unknown: int) -> np.ndarray:
    """The numbers of characters by their code points, int64.

    The last entry, one beyond the highest code point that has a number, is `unknown`, and serves for all beyond.
    """
    points = {ord(symbol): number for symbol, number in vocabulary.items() if len(symbol) == 1}
    table = np.full(max(points, default=0) + 2, unknown, np.int64)
    table[list(points)] = list(points.values())
    return table


def look_up(text: str, table: np.ndarray) -> np.ndarray:
    """The numbers of the characters of a text, (N,) int64; `table` is as of `number_table`."""
    numbers: np.ndarray = table[np.minimum(code_points(text), len(table) - 1)]
    return numbers
