"""Which lines of a file of columns are comments, and which are words that begin with #."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from recurra.errors import DataError

IsWord = Callable[[Sequence[str]], bool]  # of the cells of a line

_KEY_VALUE = re.compile(r"#\s*[\w:.-]+\s*=")  # "# sent_id = 1"


@dataclass(frozen=True)
class Comments:
    """Tells comments from words.

    pattern: a regular expression that comments begin with, as a person gave it; where it is empty, "#" begins one if
    the line has not the columns of the others, or is written "# key = value", or stands before the words of a sentence
    and has no label that other words have. count: columns of the data. tabs: whether they lie between tabs. is_word:
    whether cells may be of a word.
    """

    pattern: str
    count: int
    tabs: bool
    is_word: IsWord

    def has(self, line: str, cells: Sequence[str], first: bool) -> bool:
        """Whether a line is a comment; first: no word of its sentence stands before it."""
        if self.pattern:
            return re.match(self.pattern, line) is not None
        if not line.startswith("#"):
            return False
        marked = line[1:2] in ("", " ", "\t")
        if len(cells) != self.count or ("\t" in line) != self.tabs:
            return marked or (first and len(cells) > 1)
        if _KEY_VALUE.match(line):
            return True
        return marked and first and not self.is_word(cells)


def check_pattern(pattern: str) -> None:
    """Refuse what is no regular expression.

    Raises:
        DataError: names the setting.
    """
    try:
        re.compile(pattern)
    except re.error as error:
        raise DataError(f"comments: expected a regular expression, such as '#', got {pattern!r}: {error}") from None
