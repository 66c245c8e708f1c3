"""Lines of text from what a person names: files, folders of classes, and named data sets."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recurra.data.files.folder import ending
from recurra.data.files.lines import numbered_lines
from recurra.data.sequences.examples import Examples
from recurra.data.sources import labelled, named
from recurra.data.sources.catalogue import NAMED
from recurra.data.text.lines import Lines
from recurra.errors import DataError

JOB = "text-gan"


def resolve(data: Any) -> dict[str, Lines]:
    """Find lines to make others like.

    Args:
        data: a .txt file with a text on each line; a folder with a .txt file for each class, a .tsv file of lines
            `label<TAB>text`, a .csv or a .jsonl file of labelled texts; several files read as one; the name of a data
            set of lines or of labelled texts; or `Lines`.

    Returns:
        The parts by name: "train", "valid", "test"; a person's own files are one part, "train".

    Raises:
        DataError: there is nothing of that name, or it holds no texts.
    """
    if isinstance(data, Lines):
        return {"train": data}
    if isinstance(data, str) and data in NAMED and NAMED[data].job == "classifier":
        return {part: _of_examples(examples) for part, examples in labelled.resolve(data).items()}
    return named.read_parts(data, JOB, _read, _join)


def _read(path: Path) -> Lines:
    """Read a file or folder."""
    if path.is_file() and ending(path) == ".txt":
        texts = [line for _, line in numbered_lines(path)]
        if not texts:
            raise DataError(f"{path}: expected lines of text, got none")
        return Lines(texts, source=str(path))
    return _of_examples(labelled.resolve(path)["train"])


def _of_examples(examples: Examples) -> Lines:
    """The texts of examples, and their labels where each has one."""
    if not examples.is_text:
        raise DataError(f"{examples.source or 'data'}: expected lines of text, got sequences of numbers")
    answers = examples.answers
    if answers is None:
        return Lines(list(examples.inputs), source=examples.source)
    for i, answer in enumerate(answers):
        if not isinstance(answer, str):
            raise DataError(f"{examples.name(i)}: expected a text and its class, got the answer {answer!r}")
    return Lines(list(examples.inputs), list(answers), source=examples.source)


def _join(parts: Sequence[Lines]) -> Lines:
    """Several files as one.

    Raises:
        DataError: some have labels and others none.
    """
    if len({part.labels is None for part in parts}) > 1:
        raise DataError("data: expected files that all have labels, or none of them, got both")
    texts = [text for part in parts for text in part.texts]
    source = ", ".join(part.source for part in parts)
    if parts[0].labels is None:
        return Lines(texts, source=source)
    return Lines(texts, [label for part in parts for label in part.labels or ()], source=source)
