"""Labelled sequences from what a person names: files of any kind, folders, and named data sets."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from recurra.data import arrays, json_lines, labelled_text, named, sound, tables, ts
from recurra.data.examples import Examples, join
from recurra.data.folder import ending
from recurra.errors import DataError

READERS: dict[str, Callable[[Path], Examples]] = {
    ".ts": ts.read,
    ".csv": tables.read,
    ".jsonl": json_lines.read,
    ".npz": arrays.read,
    ".tsv": labelled_text.read_lines,
    ".txt": labelled_text.read_lines,
    ".zip": sound.read,
    **dict.fromkeys(sound.SUFFIXES, sound.read),
}


def resolve(data: Any) -> dict[str, Examples]:
    """Find labelled sequences.

    Args:
        data: a file (.ts, .csv, .jsonl, .npz, or .tsv of lines `label<TAB>text`), a folder with a .txt file for each
            class, a folder or .zip file of recordings, several files read as one, or the name of a data set.

    Returns:
        The parts by name: "train", "valid", "test"; a person's own files are one part, "train".

    Raises:
        DataError: there is nothing of that name, or it is not as expected.
    """
    if isinstance(data, Examples):
        return {"train": data}
    return named.read_parts(data, "classifier", _read, join)


def unanswered(path: Path, texts: bool) -> Examples:
    """Read what is to be answered: a file as of `resolve`, without answers too; or, for texts, a text on each line."""
    if texts and ending(path) not in (".csv", ".jsonl", ".tsv"):
        return labelled_text.read_unlabelled(path)
    return _read(path)


def _read(path: Path) -> Examples:
    if path.is_dir():
        return sound.read(path) if sound.recordings(path) else labelled_text.read_folder(path)
    if ending(path) not in READERS:
        raise DataError(f"{path}: expected a file of {', '.join(READERS)}, got {path.suffix or 'no extension'!r}")
    if not path.exists():
        raise DataError(f"{path}: expected a file, found nothing there")
    return READERS[ending(path)](path)
