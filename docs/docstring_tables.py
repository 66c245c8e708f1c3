"""Tables of docstrings, which are Markdown's there, as reStructuredText for the site."""

from itertools import groupby
from typing import Any


def setup(app: Any) -> dict[str, Any]:
    """Join the reading of docstrings."""
    app.connect("autodoc-process-docstring", _convert)
    return {"parallel_read_safe": True}


def _convert(app: Any, what: str, name: str, subject: Any, options: Any, lines: list[str]) -> None:
    converted = list[str]()
    for is_table, block in groupby(lines, lambda line: line.lstrip().startswith("|")):
        part = list(block)
        converted += _list_table(part) if is_table else part
    lines[:] = converted


def _list_table(block: list[str]) -> list[str]:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block]
    table = [".. list-table::", "   :header-rows: 1", ""]
    for number, row in enumerate(rows):
        if number == 1:  # the line of dashes below the names of the columns
            continue
        for column, cell in enumerate(row):
            table.append(f"   {'* -' if column == 0 else '  -'} {cell}")
    return [*table, ""]
