"""encoding.json of a generator of series: what its columns are, and how they become numbers."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.files import atomic, record
from recurra.data.files.regular_file import read_json
from recurra.data.tables.column import Column
from recurra.data.tables.encoding import TableEncoding
from recurra.data.tables.feature import Feature
from recurra.data.tables.number_format import NumberFormat
from recurra.data.tables.rules import parse_rules
from recurra.data.tables.time_format import TimeFormat

_WHAT = "what the columns of a run are"


def write(encoding: TableEncoding, window: int, file: Path) -> None:
    """Write an encoding, and the rows of a window."""
    content = asdict(encoding) | {"rules": "; ".join(map(str, encoding.rules)), "window": window}
    atomic.write_text(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def read(file: Path) -> tuple[TableEncoding, int]:
    """Read what `write` wrote.

    Raises:
        DataError: it is missing or broken.
    """
    with record.reading(file, _WHAT):
        content = read_json(file, _WHAT)
        window = content.pop("window")
        content["columns"] = [_column(column) for column in content["columns"]]
        content["rules"] = parse_rules(content["rules"])
        for name in ("step_features", "context_features"):
            content[name] = [_checked(Feature(**feature), file) for feature in content[name]]
        encoding = TableEncoding(**content)
        record.require(type(window) is int and window > 0, file, "the rows of a window")
        for column in encoding.columns:
            _checked(column, file)
        record.require_types(encoding, file)
        _decode_a_row(encoding)
    return encoding, window


def _decode_a_row(encoding: TableEncoding) -> None:
    """Decode a row of zeros, which fails where columns, features and rules do not refer to each other."""
    context = np.zeros((1, encoding.context_size), np.float32)
    encoding.lengths(context)
    encoding.decode([np.zeros((1, encoding.steps_size), np.float32)], context)


def _checked(part: Any, file: Path) -> Any:
    record.require_types(part, file)
    return part


def _column(content: dict[str, Any]) -> Column:
    time = content["time"]
    number = NumberFormat(**content["number"])
    return Column(**content | {"number": number, "time": None if time is None else TimeFormat(**time)})
