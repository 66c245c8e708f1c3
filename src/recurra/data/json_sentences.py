"""Sentences in JSON lines: an object a line, with words and maybe labels."""

from pathlib import Path
from typing import Any

from recurra.data.columns import parse
from recurra.data.json_lines import load_object
from recurra.data.sentences import Sentences, given, join
from recurra.data.text import numbered_lines
from recurra.errors import DataError


def read(path: Path, columns: str = "") -> Sentences:
    """Read a file of objects {"words": [...], "labels": [...]}.

    Args:
        path: the file. `labels` may also be an object, a list for each column: {"pos": [...], "chunk": [...]}.
        columns: which of these; all where empty.

    Raises:
        DataError: names file and line, what was expected and what was found.
    """
    found = [_sentence(line, f"{path}:{number}", columns) for number, line in numbered_lines(path)]
    if not found:
        raise DataError(f"{path}: expected sentences, found none")
    return join(found)


def _sentence(line: str, where: str, columns: str) -> Sentences:
    one = load_object(line, where)
    if not _is_list_of_texts(one.get("words")):
        raise DataError(f"{where}: expected words, a list of texts, got {line[:60]}")
    labels: Any = one.get("labels", {})
    labels = labels if isinstance(labels, dict) else {"label": labels}
    wanted = parse(columns) or {name: name for name in labels}
    chosen = {}
    for name, key in wanted.items():
        if not _is_list_of_texts(labels.get(key)):
            raise DataError(f"{where}: expected labels of {key}, a list of texts, got {line[:60]}")
        chosen[name] = [labels[key]]
    try:
        made = given([one["words"]], chosen)
    except DataError as error:
        raise DataError(str(error).replace("sentence 1", where)) from None
    made.names = [where]
    return made


def _is_list_of_texts(x: Any) -> bool:
    return isinstance(x, list) and all(isinstance(one, str) for one in x)
