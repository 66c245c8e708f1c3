"""Texts that a person has in memory, as a list, or as the one column of a table."""

from typing import Any

import numpy as np

from recurra.data.containers.rows import is_missing, rows
from recurra.data.files.unicode_text import require_unicode
from recurra.errors import DataError, quote

LOOKED_AT = 100  # rows, of which the first may be missing


def texts(data: Any, what: str = "text") -> list[str]:
    """Texts as a list.

    Raises:
        DataError: one is missing, is something else, or is not Unicode; names which.
    """
    content = one_column(rows(data))
    if not isinstance(content, list):
        raise DataError(f"{what}s: expected a list of texts, got {type(data).__name__} {quote(data)}")
    for i, text in enumerate(content, 1):
        if not isinstance(text, str):
            got = "none" if is_missing(text) else f"{type(text).__name__} {quote(text)}"
            raise DataError(f"{what} {i}: expected a text, got {got}")
        if not text.isascii():
            require_unicode(f"{what} {i}", text)
    return content


def one_column(content: Any) -> Any:
    """Take the one column of texts out of a table (N, 1); all else comes back as it is."""
    if isinstance(content, np.ndarray) and content.ndim == 2 and content.shape[1] == 1 and content.dtype.kind in "OUT":
        column: list[Any] = content[:, 0].tolist()
        return column if any(isinstance(text, str) for text in column[:LOOKED_AT]) else content
    return content
