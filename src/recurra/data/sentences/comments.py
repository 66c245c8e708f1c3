"""Which lines of a file of columns are comments, and which are words that begin with #."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from recurra.errors import DataError, quote

IsWord = Callable[[Sequence[str]], bool]  # of the cells of a line

_MOST_REPEATS = 2
_BEGINNING = 1000  # characters of a line that a pattern is held to
_SINGLE = (parser.LITERAL, parser.NOT_LITERAL, parser.ANY, parser.IN)  # operations that match one character
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
            return begins_with(self.pattern, line)
        if not line.startswith("#"):
            return False
        marked = line[1:2] in ("", " ", "\t")
        if len(cells) != self.count or ("\t" in line) != self.tabs:
            return marked or (first and len(cells) > 1)
        if _KEY_VALUE.match(line):
            return True
        return marked and first and not self.is_word(cells)


def begins_with(pattern: str, line: str) -> bool:
    """Whether a line begins with what a pattern describes."""
    return re.match(pattern, line[:_BEGINNING]) is not None


def check_pattern(pattern: str) -> None:
    """Refuse what is no regular expression, and what may take time without end on a long line.

    The ways to match a repeated group, or several repeats, grow as a power of a line's length, or worse; and a run
    folder may come from anywhere.

    Raises:
        DataError: names the setting.
    """
    try:
        parsed = parser.parse(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        got = f"got {quote(pattern)}: {error}"
        raise DataError(f"comments: expected a regular expression, such as '#', {got}") from None
    if _repeats(parsed) > _MOST_REPEATS:
        expected = f"expected a pattern with at most {_MOST_REPEATS} repeats, of single characters"
        raise DataError(f"comments: {expected}, got {quote(pattern)}")


def _repeats(parsed: Any) -> int:
    """How often a pattern repeats single characters; more than are allowed where it repeats anything else."""
    count = 0
    for operation, argument in parsed:
        if operation in (parser.MAX_REPEAT, parser.MIN_REPEAT, parser.POSSESSIVE_REPEAT):
            _, most, repeated = argument
            is_single = len(repeated) == 1 and repeated[0][0] in _SINGLE
            if most == 1:
                count += _repeats(repeated)
            else:
                count += 1 if is_single else _MOST_REPEATS + 1
        elif operation not in _SINGLE:
            count += sum(_repeats(part) for part in _parts(argument))
    return count


def _parts(argument: Any) -> Iterator[Any]:
    """The patterns inside of a group, a choice or a look around."""
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, list | tuple):
        for part in argument:
            yield from _parts(part)
