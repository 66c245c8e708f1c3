"""Labelled sentences from what a person names: files of any kind, and named data sets."""

from pathlib import Path
from typing import Any

from recurra.data import columns as column_files
from recurra.data import conllu, json_sentences, named
from recurra.data.folder import ending
from recurra.data.sentences import Sentences, join
from recurra.errors import DataError

READERS = {".conllu": conllu.read, ".jsonl": json_sentences.read}  # all others are files of columns


def resolve(data: Any, columns: str = "") -> dict[str, Sentences]:
    """Find labelled sentences.

    Args:
        data: a file (.conllu, .jsonl, or any other of columns), several files read as one, or the name of a data set.
        columns: which columns or fields hold the labels, of files; see the readers.

    Returns:
        The parts by name: "train", "valid", "test"; a person's own files are one part, "train".

    Raises:
        DataError: there is nothing of that name, or it is not as expected.
    """
    if isinstance(data, Sentences):
        return {"train": data}
    return named.read_parts(data, "tagger", lambda path: read(path, columns), join)


def read(path: Path, columns: str = "") -> Sentences:
    """Read a file by its ending."""
    if not path.is_file():
        raise DataError(
            f"{path}: expected a file of sentences, found {'a folder' if path.is_dir() else 'nothing there'}"
        )
    return READERS.get(ending(path), column_files.read)(path, columns)
