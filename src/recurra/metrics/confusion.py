"""Which classes are taken for which: the confusion table, counted and as text."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any


def count(right: Iterable[Any], said: Iterable[Any], classes: Sequence[Any]) -> list[list[int]]:
    """Count which class is taken for which: a row for each right class and a column for each answer."""
    pairs = Counter(zip(right, said, strict=True))
    return [[pairs[row, column] for column in classes] for row in classes]


def as_text(table: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """Lay the table out in columns, a row for each right class and a column for each answer, called by its number."""
    width = max(len(str(n)) for n in [len(classes), *(n for row in table for n in row)]) + 2
    left = max(len(f"{name} ({number})") for number, name in enumerate(classes, 1))
    lines = ["".ljust(left) + "".join(str(number).rjust(width) for number in range(1, len(classes) + 1))]
    for number, (name, row) in enumerate(zip(classes, table, strict=True), 1):
        lines.append(f"{name} ({number})".ljust(left) + "".join((str(n) if n else ".").rjust(width) for n in row))
    return "\n".join(lines)
