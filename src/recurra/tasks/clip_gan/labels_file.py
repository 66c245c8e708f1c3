"""labels.json of a generator of clips: the labels that a clip can be made of."""

import json
from pathlib import Path

from recurra.data.files import atomic, record
from recurra.data.files.regular_file import read_json

_WHAT = "what the labels of a run are"


def write(file: Path, labels: list[str]) -> None:
    """Write the file."""
    atomic.write_text(file, json.dumps({"labels": labels}, indent=2, ensure_ascii=False) + "\n")


def read(file: Path) -> list[str]:
    """Read the file.

    Raises:
        DataError: it is missing or broken.
    """
    with record.reading(file, _WHAT):
        labels: list[str] = read_json(file, _WHAT)["labels"]
        is_list = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
        record.require(is_list and len(set(labels)) == len(labels), file, "labels, each once")
    return labels
