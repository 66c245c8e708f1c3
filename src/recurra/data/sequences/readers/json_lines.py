"""Examples in JSON lines: one object a line."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.files.json_objects import load_object
from recurra.data.files.lines import numbered_lines
from recurra.data.sequences.column_names import NONE_NAMED, ColumnNames
from recurra.data.sequences.examples import Examples
from recurra.errors import DataError, quote

_LARGEST = (1 << 63) - 1  # of a whole number as a label


def read(path: Path, names: ColumnNames = NONE_NAMED, labelled: bool = True) -> Examples:
    """Read a file of JSON objects.

    Each has `x`, a list of steps, each a number or a list of I numbers (null is missing), or `text`; and, where it is
    known, `label`: a text, a number, or a list of these. `names` may call text and label otherwise.
    Labels are all of one kind; without `labelled` none are read.

    Raises:
        DataError: names file and line, what was expected and what was found.
    """
    return parse(numbered_lines(path), str(path), names, labelled)


def parse(
    lines: Iterable[tuple[int, str]], path: str, names: ColumnNames = NONE_NAMED, labelled: bool = True
) -> Examples:
    """Read numbered lines of `path`."""
    inputs: list[Any] = []
    answers: list[Any] = []
    locations: list[str] = []
    for number, line in lines:
        location = f"{path}:{number}"
        locations.append(location)
        x, answer = _example(line, location, names, labelled)
        width = None if isinstance(x, str) else x.shape[1]
        if not inputs:
            first_width, first_type = width, type(answer)
        if width != first_width:
            _refuse_other_form(x, inputs[0], locations)
        if type(answer) is not first_type:
            _compare_labels(answer, answers[0], locations)
        inputs.append(x)
        answers.append(answer)
    _refuse_infinity(inputs, locations)
    return Examples(inputs, None if not answers or answers[0] is None else answers, locations)


def _example(line: str, where: str, names: ColumnNames, labelled: bool) -> tuple[str | np.ndarray, Any]:
    """The input of a line, a text or steps (T, I), and its answer."""
    text, label = names.text or "text", names.label or "label"
    content = load_object(line, where)
    if ("x" in content) == (text in content):
        raise DataError(f"{where}: expected an object with x or {text}, got {line[:60]}")
    answer = content.get(label) if labelled else None
    if not isinstance(answer, str) or not answer.strip():
        _check_label(answer, where, depth=2)
    if text not in content:
        return _steps(content["x"], where), answer
    if not isinstance(content[text], str):
        raise DataError(f"{where}: {text}: expected a text, got {quote(str(content[text]))}")
    return content[text], answer


def _steps(steps: Any, where: str) -> np.ndarray:
    """Steps as (T, I) float64; null becomes NaN."""
    try:
        x = np.asarray(steps)
        if x.dtype.kind not in "fiub":
            _refuse_texts(steps, where)
        x = x.astype(np.float64, copy=False)
    except DataError:
        raise
    except OverflowError:
        raise DataError(f"{where}: x: expected numbers that fit into 64 bits, got a larger one") from None
    except (TypeError, ValueError):
        raise DataError(f"{where}: x: expected steps of one width, numbers or lists of numbers") from None
    if x.ndim not in (1, 2) or x.size == 0:
        raise DataError(f"{where}: x: expected (T,) or (T, I) numbers, got shape {x.shape}")
    return x if x.ndim == 2 else x[:, None]


def _refuse_texts(steps: Any, where: str) -> None:
    """Refuse what NumPy would convert to numbers, such as texts."""
    values = np.asarray(steps, object)
    if set(map(type, values.flat)) <= {int, float, bool, type(None)}:
        return
    for value in values.flat:
        if value is not None and not isinstance(value, int | float):
            raise DataError(f"{where}: x: expected numbers or null, got {quote(str(value))}")


def _refuse_infinity(inputs: list[Any], locations: list[str]) -> None:
    """Refuse infinite numbers, of all examples at once, since a question of each takes long where they are short."""
    if not inputs or isinstance(inputs[0], str) or not np.isinf(np.concatenate(inputs)).any():
        return
    location = next(location for x, location in zip(inputs, locations, strict=True) if np.isinf(x).any())
    raise DataError(f"{location}: x: expected finite numbers or null, got infinity")


def _check_label(label: Any, where: str, depth: int) -> None:
    """Hold a label to be a text, a number, or a list of these, maybe one a step."""
    if label is None or (isinstance(label, str) and label and not label.isspace()):
        return
    if isinstance(label, list) and depth:
        for part in label:
            if part is None:
                raise DataError(f"{where}: label: expected texts or numbers, got null among them")
            _check_label(part, where, depth - 1)
        return
    if not isinstance(label, str | int | float):
        raise DataError(f"{where}: label: expected a text, a number or a list of these, got {quote(str(label))}")
    if isinstance(label, str):
        raise DataError(f"{where}: label: expected a text or a number, got {label!r}")
    if isinstance(label, int) and abs(label) > _LARGEST:
        raise DataError(f"{where}: label: expected a whole number of at most 64 bits, got a larger one")
    if isinstance(label, float) and not math.isfinite(label):
        raise DataError(f"{where}: label: expected a finite number, got {label}")


def _compare_labels(label: Any, first: Any, locations: list[str]) -> None:
    """Hold a label to be of the kind of the first: "1" is not 1, and one label is not a list of one."""
    if _kind(label) != _kind(first):
        raise DataError(f"{locations[-1]}: label: expected {_kind(first)} as in {locations[0]}, got {_kind(label)}")


def _kind(label: Any) -> str:
    if label is None:
        return "none"
    if isinstance(label, bool):
        return "true or false"
    if isinstance(label, str):
        return "a text"
    return "a list" if isinstance(label, list) else "a number"


def _refuse_other_form(x: Any, first: Any, locations: list[str]) -> None:
    """Refuse an example that is not of the kind and the width of the first."""
    if type(x) is not type(first):
        kind = "text" if isinstance(first, str) else "x"
        raise DataError(f"{locations[-1]}: expected {kind} as in {locations[0]}")
    expected = f"expected {first.shape[1]} features a step, as in {locations[0]}"
    raise DataError(f"{locations[-1]}: x: {expected}, got {x.shape[1]}")
