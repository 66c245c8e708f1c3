"""Examples in JSON lines: one object a line."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.examples import Examples
from recurra.data.text import numbered_lines
from recurra.errors import DataError


def read(path: Path) -> Examples:
    """Read a file of JSON objects.

    Each has `x`, a list of steps, each a number or a list of I numbers (null is missing), or `text`; and, where it is
    known, `label`: a text, a number, or a list of these.

    Raises:
        DataError: names file and line, what was expected and what was found.
    """
    return parse(numbered_lines(path), str(path))


def parse(lines: Iterable[tuple[int, str]], path: str) -> Examples:
    """Read numbered lines of `path`."""
    inputs, answers, names = [], [], []
    for number, line in lines:
        names.append(f"{path}:{number}")
        x, label = _example(line, names[-1])
        inputs.append(x)
        answers.append(label)
        if type(x) is not type(inputs[0]):
            kind = "text" if isinstance(inputs[0], str) else "x"
            raise DataError(f"{names[-1]}: expected {kind} as in {names[0]}")
    unknown = [name for name, answer in zip(names, answers, strict=True) if answer is None]
    if unknown and len(unknown) < len(names):
        raise DataError(f"{unknown[0]}: expected a label as in other lines, got none")
    return Examples(inputs, None if unknown else answers, names)


def load_object(line: str, where: str) -> dict[str, Any]:
    """Read a line that is a JSON object.

    Raises:
        DataError: it is something else; names where it stands.
    """
    try:
        given = json.loads(line)
    except ValueError as error:
        raise DataError(f"{where}: expected a JSON object, got: {error}") from None
    if not isinstance(given, dict):
        raise DataError(f"{where}: expected a JSON object, got {line[:60]}")
    return given


def _example(line: str, where: str) -> tuple[Any, Any]:
    given = load_object(line, where)
    if ("x" in given) == ("text" in given):
        raise DataError(f"{where}: expected an object with x or text, got {line[:60]}")
    if "text" in given:
        return str(given["text"]), given.get("label")
    try:
        x = np.asarray(given["x"], np.float32)  # None becomes NaN
    except (TypeError, ValueError):
        raise DataError(f"{where}: x: expected steps of one width, numbers or lists of numbers") from None
    if x.ndim not in (1, 2) or x.size == 0:
        raise DataError(f"{where}: x: expected (T,) or (T, I) numbers, got shape {x.shape}")
    return (x if x.ndim == 2 else x[:, None]), given.get("label")
