"""Clips listed in a CSV file: a row a clip, or a row a span of a clip."""

from pathlib import Path

from recurra.data.clips.clip_list import ClipList
from recurra.data.clips.frame_labels import FrameLabels, Span
from recurra.data.clips.listed_clip import FILE, ListedClip, clip_list
from recurra.data.clips.signal_array import SIGNALS
from recurra.data.files import csv_rows
from recurra.data.files.numbers import number
from recurra.errors import DataError, quote

SEPARATOR = "|"  # between labels in a cell
NAMES = {
    FILE: (FILE, "path", "clip", "filename"),
    **{signal: (signal,) for signal in SIGNALS},
    "label": ("label", "class"),
    "labels": ("labels",),
    "frame_labels": ("frame_labels",),
    "start": ("start",),
    "end": ("end",),
    "group": ("group", "person", "subject"),
}
"""What columns are found by, in small letters."""

_ANSWERS = ("label", "labels", "frame_labels")


def read(path: Path) -> ClipList:
    """Read a table with a header: a column `file`, or one for each signal (`video`, `depth`, `skeleton`, `inertial`).

    Paths are relative to the table. Answers are in a column `label`, one; `labels`, several between bars ("a|b"); or
    `frame_labels`, one for each frame, between bars. With columns `start` and `end`, in seconds, a row is a span of a
    clip with its label. A column `group`, `person` or `subject` says which clips must not be divided among parts. All
    other columns are left out.

    Raises:
        DataError: the table is not as expected; names file and line.
    """
    rows = csv_rows.read(path)
    number_of_header, header = next(rows)
    columns = _columns(header, f"{path}:{number_of_header}")
    listed = [_clip(cells, columns, f"{path}:{line}") for line, cells in rows]
    return clip_list(listed, path.parent, str(path))


def _columns(header: list[str], where: str) -> dict[str, int]:
    """The position of each column that is there."""
    columns: dict[str, int] = {}
    names = [name.strip().lower() for name in header]
    for column, known in NAMES.items():
        positions = [i for i, name in enumerate(names) if name in known]
        if len(positions) > 1:
            raise DataError(f"{where}: expected one column {column}, got {', '.join(header[i] for i in positions)}")
        if positions:
            columns[column] = positions[0]
    if not any(column in columns for column in (FILE, *SIGNALS)):
        raise DataError(f"{where}: expected a column {FILE}, or {', '.join(SIGNALS)}, got {quote(', '.join(header))}")
    answers = [column for column in _ANSWERS if column in columns]
    if len(answers) > 1:
        raise DataError(f"{where}: expected one column of answers, got {', '.join(answers)}")
    if ("start" in columns) != ("end" in columns) or ("start" in columns and "label" not in columns):
        raise DataError(f"{where}: expected the columns start, end and label of spans, got {quote(', '.join(header))}")
    return columns


def _clip(cells: list[str], columns: dict[str, int], where: str) -> ListedClip:
    texts = {column: cells[i].strip() for column, i in columns.items()}
    files = {name: texts[name] for name in (FILE, *SIGNALS) if texts.get(name)}
    if not files:
        expected = " or ".join(name for name in (FILE, *SIGNALS) if name in columns)
        raise DataError(f"{where}: expected {expected}, got an empty cell")
    answer = next((_answer(column, texts, where) for column in _ANSWERS if column in columns), None)
    group = texts.get("group")
    if group == "":
        raise DataError(f"{where}: expected a group, got an empty cell")
    return ListedClip(where, files, answer, group)


def _answer(column: str, texts: dict[str, str], where: str) -> object:
    if not texts[column]:
        raise DataError(f"{where}: expected {column}, got an empty cell")
    if column == "label":
        return texts[column] if "start" not in texts else _span(texts, where)
    labels = [label.strip() for label in texts[column].split(SEPARATOR)]
    if not all(labels):
        raise DataError(f"{where}: {column}: expected labels between bars, got {quote(texts[column])}")
    return list(dict.fromkeys(labels)) if column == "labels" else FrameLabels(tuple(labels))


def _span(texts: dict[str, str], where: str) -> Span:
    try:
        start, end = (number(texts[name]) for name in ("start", "end"))
    except ValueError as error:
        raise DataError(f"{where}: start, end: {error}") from None
    return Span(start, end, texts["label"])
