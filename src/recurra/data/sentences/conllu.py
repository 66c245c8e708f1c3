"""Sentences in CoNLL-U, the format of Universal Dependencies."""

import re
from collections.abc import Iterable
from pathlib import Path

from recurra.data.files.lines import is_blank, numbered_lines
from recurra.data.sentences.columns import gather
from recurra.data.sentences.layout import WORD, Layout, parse_columns
from recurra.data.sentences.line_blocks import Line, blocks_of
from recurra.data.sentences.notation import Notation
from recurra.data.sentences.sentences import Sentences
from recurra.errors import DataError

FIELDS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
_WITH_ATTRIBUTES = ("feats", "misc")  # "Case=Nom|Number=Sing"
_NONE = "_"  # what an empty field holds
_ID = re.compile(r"\d+([-.]\d+)?")


def read(path: Path, columns: str | Layout = "") -> Sentences:
    """Read a file. Words are the forms of the tree; ranges of several words and empty nodes are left out.

    Args:
        path: the file.
        columns: fields of the labels, such as "upos" or "pos=xpos,feats"; "word=lemma" takes another for the words.
            "misc.name" and "feats.Case" take one attribute; a word without it has the label "_", or "O" where the
            others are of spans. Or how another file was read.

    Raises:
        DataError: a line has not ten fields or no id, or there is no field of a name; names file and line.
    """
    layout = columns if isinstance(columns, Layout) else _choose(path, columns)
    blocks = [words_of(block, str(path)) for block in blocks_of(numbered_lines(path, empty=True), str(path), _cells_of)]
    sentences = [words for words in blocks if words]
    if not sentences:
        raise DataError(f"{path}: expected sentences, found none")
    names = list(dict.fromkeys([layout.word, *layout.labels.values()]))
    rows = [[line._replace(cells=[field(line, name) for name in names]) for line in words] for words in sentences]
    positions = {name: names.index(column) for name, column in layout.labels.items()}
    made = gather(path, rows, names.index(layout.word), positions)
    for name, column in layout.labels.items():
        if "." in column:
            made.labels[name] = _outside(made.labels[name], f"{path}: columns", column)
    made.layout = layout
    return made


def _choose(path: Path, columns: str) -> Layout:
    """The fields that are asked for."""
    chosen = parse_columns(columns)
    by_default = not chosen
    word = chosen.pop(WORD, "form")
    chosen = chosen or {"upos": "upos"}
    for name in (word, *chosen.values()):
        base, dot, attribute = name.partition(".")
        if base not in FIELDS or (dot and (base not in _WITH_ATTRIBUTES or not attribute)):
            expected = f"expected fields of {', '.join(FIELDS)}, or an attribute such as misc.name"
            raise DataError(f"{path}: columns: {expected}, got {name!r}")
    return Layout("conllu", word, chosen, by_default)


def _cells_of(line: str) -> list[str]:
    """The fields of a line, between tabs; none of an empty line, which ends a sentence."""
    return [] if is_blank(line) else line.rstrip("\r").split("\t")


def words_of(block: Iterable[Line], name: str) -> list[Line]:
    """The lines of words, without comments, ranges of several words and empty nodes.

    Raises:
        DataError: a line has not ten fields or no id.
    """
    words = []
    for line in block:
        if line.text.startswith("#"):
            continue
        if len(line.cells) != len(FIELDS):
            expected = f"expected {len(FIELDS)} fields between tabs"
            raise DataError(f"{name}:{line.number}: {expected}, got {len(line.cells)}")
        if not _ID.fullmatch(line.cells[0]):
            raise DataError(f"{name}:{line.number}: expected an id such as 1, 1-2 or 1.1, got {line.cells[0]!r}")
        if line.cells[0].isdecimal():
            words.append(line)
    return words


def is_word_line(text: str) -> bool:
    """Whether a line looks like one of CoNLL-U: ten fields, of which the first is an id."""
    cells = text.rstrip("\r").split("\t")
    return len(cells) == len(FIELDS) and _ID.fullmatch(cells[0]) is not None


def field(line: Line, name: str) -> str:
    """What stands in a field, or in one attribute of it ("misc.name"); "_" where there is no such attribute."""
    base, _, attribute = name.partition(".")
    value = line.cells[FIELDS.index(base)]
    if not attribute:
        return value
    for part in value.split("|"):
        key, equals, content = part.partition("=")
        if equals and key == attribute:
            return content
    return _NONE


def _outside(labels: list[list[str]], where: str, column: str) -> list[list[str]]:
    """Values of an attribute with O for a missing one, where the others are of spans.

    Raises:
        DataError: no word has the attribute.
    """
    if not any(label != _NONE for sentence in labels for label in sentence):
        raise DataError(f"{where}: expected words with the attribute {column}, found none")
    there = [[label for label in sentence if label != _NONE] for sentence in labels]
    if not Notation.detect(there).spans:
        return labels
    return [["O" if label == _NONE else label for label in sentence] for sentence in labels]
