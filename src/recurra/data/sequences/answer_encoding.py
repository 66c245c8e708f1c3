"""One answer to numbers, by its kind; strictly, with the location of what does not fit."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from recurra.data.containers.rows import is_container
from recurra.data.files.numbers import number
from recurra.data.sequences import labels
from recurra.data.sequences.statistics import LARGEST
from recurra.errors import DataError, quote, shorten

Encoder = Callable[[Any, Any], np.ndarray]  # of an answer and its location
NOT_LEARNT = -1  # in the place of a label that was not learnt
_SHOWN = 20  # labels in an error


def class_encoder(known: Sequence[Any], strict: bool) -> Encoder:
    """What turns a label into its position, () int64.

    Args:
        known: the labels.
        strict: whether other labels are refused; else they become `NOT_LEARNT`.
    """
    position_of = _positions(known, strict)
    return lambda answer, location: np.asarray(position_of(answer, location), np.int64)


def several_labels_encoder(known: Sequence[Any], strict: bool) -> Encoder:
    """What turns a list of labels into a row of 0 and 1, (labels,) float32; arguments as of `class_encoder`.

    Where one was not learnt, all of the row is `NOT_LEARNT`.
    """
    position_of = _positions(known, strict)

    def encode(answer: Any, location: Any) -> np.ndarray:
        positions = [position_of(label, location) for label in require_list(answer, location)]
        if NOT_LEARNT in positions:
            return np.full(len(known), NOT_LEARNT, np.float32)
        row = np.zeros(len(known), np.float32)
        row[positions] = 1.0
        return row

    return encode


def indicator_encoder(count: int) -> Encoder:
    """What holds a row of 0 and 1, whether each of so many labels is there, to be one, (labels,) float32."""

    def encode(answer: Any, location: Any) -> np.ndarray:
        row = np.asarray(answer)
        if row.shape != (count,) or not np.isin(row, (0, 1)).all():
            raise DataError(f"{location}: expected {count} times 0 or 1, whether it has each label, got {row}")
        return row.astype(np.float32)

    return encode


def number_encoder(mean: Sequence[float], scale: Sequence[float]) -> Encoder:
    """What standardizes numbers, (K,) float64."""
    means, scales = np.asarray(mean), np.asarray(scale)

    def encode(answer: Any, location: Any) -> np.ndarray:
        standardized: np.ndarray = (_numbers(answer, location, len(means)) - means) / scales
        return standardized

    return encode


def number_rows(answers: Sequence[Any], locations: Sequence[Any]) -> np.ndarray:
    """Numbers to be met as an array, (N, K).

    Raises:
        DataError: one is none, or has more or fewer than the first; names its location.
    """
    rows = [_numbers(answer, location) for answer, location in zip(answers, locations, strict=True)]
    width = len(rows[0])
    for row, location in zip(rows, locations, strict=True):
        if len(row) != width:
            raise DataError(f"{location}: expected {width} numbers as the answer, as of {locations[0]}, got {len(row)}")
    return np.stack(rows)


def require_steps(answer: Any, location: Any) -> None:
    """Refuse what holds no answers at every step.

    Raises:
        DataError: names its location.
    """
    if not is_container(answer) or not len(answer):
        raise DataError(f"{location}: expected answers at every step, got {quote(answer)}")


def require_list(answer: Any, location: Any) -> Any:
    """Several labels as they are; refuse what is no list of them.

    Raises:
        DataError: names its location.
    """
    if not isinstance(answer, list | tuple | set | frozenset):
        raise DataError(f"{location}: expected a list of labels, as other answers are, got {quote(answer)}")
    return answer


def _positions(known: Sequence[Any], strict: bool) -> Callable[[Any, Any], int]:
    """What finds the position of a label among those that are known."""
    positions = {label: position for position, label in enumerate(known)}

    def position_of(label: Any, location: Any) -> int:
        try:
            return positions[labels.plain(label, location)]
        except (KeyError, TypeError):
            if not strict:
                return NOT_LEARNT
            expected = ", ".join(shorten(str(label)) for label in known[:_SHOWN])
            more = ", ..." if len(known) > _SHOWN else ""
            raise DataError(f"{location}: expected one of the labels {expected}{more}, got {quote(label)}") from None

    return position_of


def _numbers(answer: Any, location: Any, width: int | None = None) -> np.ndarray:
    """One answer as an array of numbers, (K,); `width` is K, where it is known."""
    try:
        y = np.asarray(number(answer) if isinstance(answer, str) else answer, np.float64).reshape(-1)
    except (TypeError, ValueError):
        raise DataError(f"{location}: expected a number as the answer, got {quote(answer)}") from None
    if not (np.abs(y) < LARGEST).all():
        raise DataError(f"{location}: expected a finite number as the answer, got {quote(answer)}")
    if width is not None and len(y) != width:
        raise DataError(f"{location}: expected {width} numbers as the answer, got {len(y)}")
    return y
