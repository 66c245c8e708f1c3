"""Sentences in JSON lines: an object a line, with words and maybe labels."""

from pathlib import Path
from typing import Any

from recurra.data.files.json_objects import load_object
from recurra.data.files.lines import numbered_lines
from recurra.data.sentences.layout import Layout, parse_columns
from recurra.data.sentences.sentences import Sentences, join, require_length, sentences_of
from recurra.errors import DataError


def read(path: Path, columns: str | Layout = "") -> Sentences:
    """Read a file of objects {"words": [...], "labels": [...]}.

    Args:
        path: the file. `labels` may also be an object, a list for each column: {"pos": [...], "chunk": [...]}.
        columns: which of these; all where empty. Or how another file was read.

    Raises:
        DataError: names file and line, what was expected and what was found.
    """
    chosen = columns.labels if isinstance(columns, Layout) else parse_columns(columns)
    sentences = [_sentence(line, f"{path}:{number}", dict(chosen)) for number, line in numbered_lines(path)]
    if not sentences:
        raise DataError(f"{path}: expected sentences, found none")
    made = join(sentences)
    labels = chosen or {name: name for name in made.labels}
    made.layout = Layout("json", "words", labels, not columns or (isinstance(columns, Layout) and columns.by_default))
    return made


def words_of(sentence: dict[str, Any], where: str) -> list[str]:
    """The words of an object.

    Raises:
        DataError: it has none; `where` names it.
    """
    words = sentence.get("words")
    if not _is_list_of_texts(words):
        raise DataError(f"{where}: expected words, a list of texts, got {str(sentence)[:60]}")
    require_length(where, len(words))  # type: ignore[arg-type]
    return list(words)  # type: ignore[arg-type]


def _sentence(line: str, where: str, chosen: dict[str, str]) -> Sentences:
    sentence = load_object(line, where)
    words = words_of(sentence, where)
    labels = labels_of(sentence)
    columns = {}
    for name, key in (chosen or {name: name for name in labels}).items():
        if not _is_list_of_texts(labels.get(key)):
            raise DataError(f"{where}: expected labels of {key}, a list of texts, got {line[:60]}")
        columns[name] = [labels[key]]
    try:
        made = sentences_of([words], columns)
    except DataError as error:
        raise DataError(str(error).replace("sentence 1", where)) from None
    made.names = [where]
    return made


def labels_of(sentence: dict[str, Any]) -> dict[str, Any]:
    """The labels of an object, by column."""
    labels = sentence.get("labels", {})
    return labels if isinstance(labels, dict) else {"label": labels}


def _is_list_of_texts(x: Any) -> bool:
    return isinstance(x, list) and all(isinstance(text, str) for text in x)
