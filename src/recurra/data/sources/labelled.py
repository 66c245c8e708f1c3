"""Labelled sequences from what a person names: files of any kind, folders, and named data sets."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from recurra.data.files.folder import ending
from recurra.data.sequences.column_names import NONE_NAMED, ColumnNames
from recurra.data.sequences.examples import Examples, join
from recurra.data.sequences.readers import arff, arrays, json_lines, labelled_series, labelled_text, sound, tables, ts
from recurra.data.sequences.table_columns import TableColumns
from recurra.data.sources import named
from recurra.errors import DataError

TABLES, LINES = (".csv", ".tsv", ".txt"), (".tsv", ".txt")  # files of lines may be tables too, see `tables.has_header`

LONGEST_TEXT = 4_000_000  # characters

READERS: dict[str, Callable[[Path], Examples]] = {
    ".ts": ts.read,
    ".npz": arrays.read,
    ".zip": sound.read,
    **dict.fromkeys(sound.SUFFIXES, sound.read),
}


def resolve(
    data: Any, names: ColumnNames = NONE_NAMED, columns: TableColumns | None = None, labelled: bool = True
) -> dict[str, Examples]:
    """Find labelled sequences.

    Args:
        data: a file (.ts, .arff, .csv, .jsonl, .npz, or .tsv of lines `label<TAB>text` or of series), a folder with a
            .txt file for each class, a folder or .zip file of recordings, several files read as one, or the name of a
            data set.
        names: which columns of a table a person has named.
        columns: what the columns of an earlier table were; tables are read alike, by name.
        labelled: whether there have to be labels in a table; if not, none are read.

    Returns:
        The parts by name: "train", "valid", "test"; a person's own files are one part, "train".

    Raises:
        DataError: there is nothing of that name, or it is not as expected.
    """
    if isinstance(data, Examples):
        return {"train": data}

    def read(path: Path) -> Examples:
        nonlocal columns
        examples = refuse_long_texts(_read(path, names, columns, labelled))
        columns = columns or examples.columns  # of several files, the first says how the others are read
        return examples

    parts = named.read_parts(data, "classifier", read, join)
    return {
        part: examples if examples.source else replace(examples, source=str(data)) for part, examples in parts.items()
    }


def unanswered(
    path: Path, texts: bool, names: ColumnNames = NONE_NAMED, columns: TableColumns | None = None
) -> Examples:
    """Read what is to be answered: a file as of `resolve`, without answers too; or, for texts, a text on each line."""
    if texts and has_a_text_a_line(path, names, columns):
        return refuse_long_texts(labelled_text.read_unlabelled(path))
    return refuse_long_texts(_read(path, names, columns, labelled=False))


def refuse_long_texts(examples: Examples) -> Examples:
    """Refuse a text that would take many times its size as words, such as a file in one line.

    Raises:
        DataError: there is one; names its place.
    """
    if examples.is_text:
        for i, text in enumerate(examples.inputs):
            if len(text) > LONGEST_TEXT:
                got = f"{len(text):,}"
                raise DataError(
                    f"{examples.name(i)}: expected a text of at most {LONGEST_TEXT:,} characters, got {got}"
                )
    return examples


def has_a_text_a_line(path: Path, names: ColumnNames = NONE_NAMED, columns: TableColumns | None = None) -> bool:
    """Whether a file has nothing but a text on each line, for a model that reads texts."""
    is_table = path.is_file() and _is_table(path, names, columns)
    return not is_table and ending(path) not in (".jsonl", ".tsv")


def _read(path: Path, names: ColumnNames, columns: TableColumns | None, labelled: bool) -> Examples:
    """Read a file or a folder; an error always names it."""
    try:
        return replace(_read_kind(path, names, columns, labelled), source=str(path))
    except DataError as error:
        if str(path) in str(error):
            raise
        raise DataError(f"{path}: {error}") from None


def _read_kind(path: Path, names: ColumnNames, columns: TableColumns | None, labelled: bool) -> Examples:
    kind = ending(path)
    if path.is_dir():
        return sound.read(path) if sound.recordings(path) else labelled_text.read_folder(path)
    if kind not in (*READERS, *TABLES, ".jsonl", ".arff", ".tsf"):
        kinds = ", ".join([".csv", ".jsonl", ".tsv", ".txt", ".arff", *READERS])
        raise DataError(f"{path}: expected a file of {kinds}, got {path.suffix or 'no extension'!r}")
    if not path.exists():
        raise DataError(f"{path}: expected a file, found nothing there")
    if kind == ".tsf":
        raise DataError(
            f"{path}: expected labelled series, got a .tsf file of series to forecast, which has no labels; "
            'write each series as a line {"x": [...], "label": ...} of a .jsonl file'
        )
    if kind == ".arff":
        return arff.read(path, names, columns, labelled)
    if kind == ".jsonl":
        return json_lines.read(path, names, labelled)
    if _is_table(path, names, columns):
        return tables.read(path, names, columns, labelled)
    if kind in LINES:
        return labelled_series.read(path) if labelled_series.begins(path) else labelled_text.read_lines(path)
    return READERS[kind](path)


def _is_table(path: Path, names: ColumnNames, columns: TableColumns | None) -> bool:
    return ending(path) == ".csv" or (ending(path) in LINES and tables.has_header(path, names, columns))
