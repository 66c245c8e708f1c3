"""Sentences in CoNLL-U, the format of Universal Dependencies."""

import re
from collections.abc import Iterator
from pathlib import Path

from recurra.data.columns import Line, gather, parse
from recurra.data.sentences import Sentences
from recurra.data.text import numbered_lines
from recurra.errors import DataError

FIELDS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")


def read(path: Path, columns: str = "") -> Sentences:
    """Read a file. Words are the forms of the tree; ranges of several words and empty nodes are left out.

    Args:
        path: the file.
        columns: fields of the labels, such as "upos" or "pos=xpos,feats"; "word=lemma" takes another for the words.

    Raises:
        DataError: a line has not ten fields or no id, or there is no field of a name; names file and line.
    """
    wanted = parse(columns)
    word = wanted.pop("word", "form")
    wanted = wanted or {"upos": "upos"}
    for field in (word, *wanted.values()):
        if field not in FIELDS:
            raise DataError(f"{path}: columns: expected fields of {', '.join(FIELDS)}, got {field!r}")
    sentences = list(_sentences(path))
    if not sentences:
        raise DataError(f"{path}: expected sentences, found none")
    return gather(path, sentences, FIELDS.index(word), {name: FIELDS.index(field) for name, field in wanted.items()})


def _sentences(path: Path) -> Iterator[list[Line]]:
    lines: list[Line] = []
    for number, line in numbered_lines(path, empty=True):
        if line.startswith("#"):
            continue
        fields = line.rstrip("\r").split("\t")
        if not line.strip():
            if lines:
                yield lines
            lines = []
        elif len(fields) != len(FIELDS):
            raise DataError(f"{path}:{number}: expected {len(FIELDS)} fields between tabs, got {len(fields)}")
        elif not re.fullmatch(r"\d+([-.]\d+)?", fields[0]):
            raise DataError(f"{path}:{number}: expected an id such as 1, 1-2 or 1.1, got {fields[0]!r}")
        elif fields[0].isdecimal():
            lines.append((number, fields))
    if lines:
        yield lines
