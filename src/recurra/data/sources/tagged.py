"""Labelled sentences from what a person names: files of any kind, and named data sets."""

import re
from pathlib import Path
from typing import Any

from recurra.data.containers.pair import pair
from recurra.data.files.folder import ending
from recurra.data.files.lines import numbered_lines
from recurra.data.sentences import columns as column_files
from recurra.data.sentences import conllu, json_sentences
from recurra.data.sentences.block_stream import format_of as format_of_lines
from recurra.data.sentences.layout import Layout, parse_columns
from recurra.data.sentences.sentences import Sentences, join, sentences_of
from recurra.data.sources import named
from recurra.errors import DataError

FORMATS = {".conllu": "conllu", ".jsonl": "json"}  # all others are files of columns, or CoNLL-U by what is in them
COLUMN_ENDINGS = (".conll", ".iob", ".iob2", ".bio")  # of files that are never running text


def resolve(data: Any, columns: str = "", comments: str = "", layout: Layout | None = None) -> dict[str, Sentences]:
    """Find labelled sentences.

    Args:
        data: a file (.conllu, .jsonl, or any other of columns), several files read as one, the name of a data set, or
            words and their labels, as of `recurra.data.sentences.sentences.sentences_of`.
        columns: which columns or fields hold the labels, of files; see the readers.
        comments: what comments begin with in files of columns, a regular expression.
        layout: how the data were read that a tagger learnt from; files of the same format are read so.

    Returns:
        The parts by name: "train", "valid", "test"; a person's own files are one part, "train".

    Raises:
        DataError: there is nothing of that name, or it is not as expected.
    """
    if isinstance(data, Sentences):
        return {"train": data}
    if both := pair(data):
        return {"train": sentences_of(*both)}
    first: list[Layout | None] = [layout] if layout is not None else []

    def read_next(path: Path) -> Sentences:
        """Read a file as the first one was."""
        sentences = read(path, columns, comments, first[0] if first else None)
        first.append(sentences.layout)
        return sentences

    return named.read_parts(data, "tagger", read_next, join)


def read(path: Path, columns: str = "", comments: str = "", layout: Layout | None = None) -> Sentences:
    """Read a file by its ending; arguments as of `resolve`."""
    if not path.is_file():
        raise DataError(
            f"{path}: expected a file of sentences, found {'a folder' if path.is_dir() else 'nothing there'}"
        )
    kind = format_of(path, columns, layout)
    chosen = layout if layout is not None and layout.format == kind else columns
    if kind == "conllu":
        return conllu.read(path, chosen)
    if kind == "json":
        return json_sentences.read(path, chosen)
    return column_files.read(path, chosen, comments)


def format_of(path: Path, columns: str = "", layout: Layout | None = None) -> str:
    """The format of a file: by its ending, or by its first word unless columns are asked for by numbers."""
    kind = FORMATS.get(ending(path))
    if kind is not None:
        return kind
    if any(re.fullmatch(r"-?\d+", column) for column in parse_columns(columns).values()):
        return "columns"
    return format_of_lines(((number, [line]) for number, line in numbered_lines(path)), layout)[1]
