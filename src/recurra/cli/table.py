"""Rows of facts, as a table or as JSON lines."""

import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table


def show(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Print rows of named cells, as a table or as a JSON object each."""
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in rows[0]:
        table.add_column(name, overflow="fold")  # a path is shown whole
    for row in rows:
        table.add_row(*row.values())
    width = None if sys.stdout.isatty() else 10_000  # one line a row, for grep
    console = Console(width=width, markup=False, emoji=False, highlight=False)
    with console.capture() as text:
        console.print(table)
    print(text.get(), end="")


def megabytes(size: int) -> str:
    """A number of bytes as a person reads it."""
    return f"{size / 1e6:,.1f} MB"
