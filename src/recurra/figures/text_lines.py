"""Symbols of a text put into lines, each in as many cells as it is wide, so that a figure can colour them."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CELL = 8  # pixels of a narrow character
LINE = 22  # pixels of a line
BREAK = "\u2028"
"""A symbol that ends a line, and is not shown."""

_WIDE = "WF"  # East Asian widths of two cells
_SHOWN = {"\n": "⏎", "\t": "⇥", "\r": "␍", " ": "␣"}
_LONGEST = 24  # characters of one symbol that are shown


@dataclass(frozen=True)
class TextLines:
    """Where each symbol of a text stands.

    Attributes:
        cells: of each symbol its "index", "text", "line", and where it begins and ends, "start" and "end", in cells.
        columns: cells of the widest line.
        lines: how many there are.
    """

    cells: list[dict[str, Any]]
    columns: int
    lines: int

    @property
    def size(self) -> dict[str, int]:
        """Width and height of the figure in pixels."""
        return {"width": max(1, self.columns) * CELL, "height": max(1, self.lines) * LINE}


def text_lines(symbols: Sequence[str], columns: int = 84, gap: int = 0) -> TextLines:
    """Wrap symbols into lines.

    Args:
        symbols: of a text, in order; "\\n" ends a line, as `BREAK` does. What cannot be seen is shown by a sign.
        columns: cells of a line at most, but of a line of one wide symbol.
        gap: cells between symbols: 0 for characters, 1 for words.
    """
    cells = list[dict[str, Any]]()
    line = column = widest = 0
    for index, symbol in enumerate(symbols):
        text = _visible(symbol)
        width = max(1, sum(_width(character) for character in text))
        if column and column + width > columns:
            line, column = line + 1, 0
        cells.append({"index": index, "text": text, "line": line, "start": column, "end": column + width})
        column += width
        widest = max(widest, column)
        column += gap
        if symbol.endswith("\n") or symbol == BREAK:
            line, column = line + 1, 0
    lines = cells[-1]["line"] + 1 if cells else 0
    return TextLines(cells, widest, lines)


def _visible(symbol: str) -> str:
    """A symbol with signs for what cannot be seen, and its middle left out where it is very long."""
    if symbol in (" ", BREAK):
        return " "
    text = "".join(_sign(character) for character in symbol)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}…{text[-_LONGEST // 2 + 1 :]}"


def _sign(character: str) -> str:
    if character in _SHOWN:
        return _SHOWN[character]
    return character if character.isprintable() else "�"


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
