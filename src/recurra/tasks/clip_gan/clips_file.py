"""clips.json of a generator of clips: what it has found out about the clips that it learnt from."""

import json
from pathlib import Path

from recurra.data.files import atomic, record
from recurra.data.files.regular_file import read_json

_WHAT = "what the labels and colors of a run are"


def write(file: Path, labels: list[str], palette: int) -> None:
    """Write the labels that a clip can be made of, and how many colors what moves in a clip has (0: any)."""
    atomic.write_text(file, json.dumps({"labels": labels, "palette": palette}, indent=2, ensure_ascii=False) + "\n")


def read(file: Path) -> tuple[list[str], int]:
    """Read the file.

    Raises:
        DataError: it is missing or broken.
    """
    with record.reading(file, _WHAT):
        content = read_json(file, _WHAT)
        labels, palette = content["labels"], content["palette"]
        is_list = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
        record.require(is_list and len(set(labels)) == len(labels), file, "labels, each once")
        record.require(type(palette) is int and palette >= 0, file, "a palette of 0 or more colors")
    return labels, palette
