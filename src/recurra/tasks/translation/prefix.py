"""What translations are to begin with: a text, or symbols by number."""

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from recurra.data.files.unicode_text import require_unicode
from recurra.data.text.tokenizers import Tokenizer
from recurra.errors import DataError, quote


def prefix_symbols(
    prefix: Any, tokenizer: Tokenizer, encode: Callable[[str], np.ndarray], most: int, longest: int
) -> np.ndarray:
    """Give a prefix as symbols, (P,).

    Args:
        prefix: a text, or numbers of symbols. White space at the end of a text counts only among characters: elsewhere
            it belongs to the symbol that follows.
        tokenizer: of the translations.
        encode: turns a text into their symbols.
        most: symbols, at most.
        longest: characters of a text, at most.

    Raises:
        DataError: it is neither, or has symbols that are not known, or is too long.
    """
    if isinstance(prefix, str):
        require_unicode("prefix", prefix)
        if len(prefix) > longest:
            raise DataError(f"prefix: expected a text of at most {longest:,} characters, got {len(prefix):,}")
        text = prefix if tokenizer.kind == "char" else prefix.rstrip()
        symbols = encode(text)
        unknown = tokenizer.unknown_of(text, symbols) if tokenizer.unknown is not None else []
        if unknown:
            raise DataError(f"prefix: expected symbols that the translator knows, got {quote(unknown[0])}")
    else:
        symbols = _numbers(prefix, tokenizer)
    if len(symbols) > most:
        raise DataError(f"prefix: expected at most {most:,} symbols, got {len(symbols):,}")
    return symbols


def _numbers(prefix: Any, tokenizer: Tokenizer) -> np.ndarray:
    if not isinstance(prefix, Sequence | np.ndarray):
        raise DataError(f"prefix: expected a text or a list of symbols, got {quote(prefix)}")
    for number in prefix:
        is_whole = isinstance(number, Integral) and not isinstance(number, bool)
        if not is_whole or not 0 <= int(number) < len(tokenizer) or number == tokenizer.unknown:
            raise DataError(f"prefix: expected symbols from 0 to {len(tokenizer) - 1:,}, got {quote(number)}")
    return np.asarray(prefix, np.int64)
