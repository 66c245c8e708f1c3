"""Which classes are taken for which: the confusion table, counted and as text."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any


def count(gold: Iterable[Any], predicted: Iterable[Any], classes: Sequence[Any]) -> list[list[int]]:
    """Count which class is taken for which.

    Args:
        gold, predicted: the true class and the predicted class of each example.
        classes: in the order of the table.

    Returns:
        (K, K) counts, a row for each true class and a column for each predicted one.
    """
    pairs = Counter(zip(gold, predicted, strict=True))
    return [[pairs[row, column] for column in classes] for row in classes]


def as_text(table: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """Lay the table out in lines; a column is called by the number of its class, which stands behind the row's name."""
    numbered = [f"{name} ({number})" for number, name in enumerate(classes, 1)]
    largest = max([len(classes), *map(max, table)])
    width, left = len(str(largest)) + 2, max(map(len, numbered))
    header = "".join(str(number).rjust(width) for number in range(1, len(classes) + 1))
    lines = ["".ljust(left) + header]
    for name, row in zip(numbered, table, strict=True):
        cells = [str(number) if number else "." for number in row]
        lines.append(name.ljust(left) + "".join(cell.rjust(width) for cell in cells))
    return "\n".join(lines)
