"""Answers that a person gives in memory, beside the sequences: labels, several labels, numbers; of all or of each step.

Here they are taken out of whatever container they came in, by position, and given the form that `Answers` learns from.
"""

import warnings
from collections.abc import Sequence, Set
from typing import Any

import numpy as np

from recurra.data.containers.rows import is_container, is_missing, rows
from recurra.data.files.unicode_text import require_unicode
from recurra.data.sequences import feature_names, labels
from recurra.errors import DataError, quote


def targets(
    y: Any, as_numbers: bool, per_step: bool, named: bool = False, names: list[str] | None = None
) -> Sequence[Any] | np.ndarray:
    """Give the answers by position, one of each sequence.

    Args:
        y: a container of labels, of numbers, or of containers of these; an array (N, 1) is one column. Of a classifier
            an array (N, K) of 0 and 1, or rows of these, says which of K labels there are; lists name them.
        as_numbers: whether they are numbers to be met (regression), or labels.
        per_step: whether each is a container with an answer at every step.
        named: whether lists name labels, even if they hold nothing but 0 and 1.
        names: of the columns of a frame of the training, in whose order those of other frames are put.

    Raises:
        DataError: one is missing, or is no answer; names which.
    """
    answers = _in_order(y, names, "y")
    if not is_container(answers):
        raise DataError(f"y: expected an answer for each sequence, got {type(y).__name__} {quote(y)}")
    if per_step:
        names = names_of_columns(answers, per_step) if names is None else names
        return [_of_steps(steps, i, as_numbers, named, names) for i, steps in enumerate(answers, 1)]
    if isinstance(answers, list) and any(map(is_container, answers)):
        answers = _several(answers, as_numbers, named)
    if isinstance(answers, np.ndarray) and answers.ndim > 1:
        answers = _table(answers, as_numbers)
    _refuse_missing(answers)
    if as_numbers:
        _refuse_complex(answers)
    else:
        _refuse_measurements(answers)
    return _without_numpys_dates(answers)


def names_of_columns(y: Any, per_step: bool) -> list[str] | None:
    """What the columns of answers are called that came as a frame of several, or at every step as such frames."""
    if per_step and isinstance(y, list | tuple):
        return next(filter(None, map(_names, y)), None)
    return _names(y)


def _names(y: Any) -> list[str] | None:
    columns = feature_names.columns_of(y, "steps")
    return columns.features if columns is not None and len(columns.features) > 1 else None


def _in_order(y: Any, names: list[str] | None, where: str) -> Any:
    """The rows of answers, with the columns of a frame of several in the order of the training."""
    columns, answers = feature_names.names_of(y), rows(y)
    if columns is None or len(columns) == 1 or not isinstance(answers, np.ndarray):
        return answers
    positions = feature_names.order(feature_names.named(names), columns, where)
    return answers if positions is None else answers[..., positions]


def _without_numpys_dates(answers: Sequence[Any] | np.ndarray) -> Sequence[Any] | np.ndarray:
    """Python's own dates in the place of NumPy's."""
    if isinstance(answers, np.ndarray) and answers.dtype.kind in "mM":
        return [labels.plain(label) for label in answers]
    return answers


def _refuse_measurements(answers: Any) -> None:
    """Refuse numbers with fractions as labels, in scikit-learn's words."""
    first = answers[0] if len(answers) else None
    if isinstance(first, float | np.floating):
        from sklearn.utils.multiclass import check_classification_targets

        check_classification_targets(np.asarray(answers))


def _refuse_complex(answers: Any) -> None:
    """Refuse complex numbers, of which NumPy would keep the real part."""
    values = answers if isinstance(answers, list) else ()
    is_complex = isinstance(answers, np.ndarray) and answers.dtype.kind == "c"
    if is_complex or any(isinstance(value, complex | np.complexfloating) for value in values):
        raise DataError("y: expected numbers, got complex ones; give real and imaginary part as two numbers")


def _of_steps(steps: Any, i: int, as_numbers: bool, named: bool, names: list[str] | None) -> Any:
    """The answers at every step of one sequence."""
    if not is_container(steps):
        raise DataError(f"answer {i}: expected answers at every step, a list, got {quote(steps)}")
    answers = _in_order(steps, names, f"answer {i}")
    if isinstance(answers, list) and any(map(is_container, answers)):
        answers = _several(answers, as_numbers, named)
    if isinstance(answers, np.ndarray) and answers.ndim == 2 and answers.shape[1] == 1:
        answers = answers[:, 0]
    _refuse_missing(answers, f" of sequence {i}")
    return _without_numpys_dates(answers)


def _several(answers: list[Any], as_numbers: bool, named: bool) -> Any:
    """Rows of numbers as a table; lists of labels as lists."""
    for i, row in enumerate(answers, 1):
        if not is_container(row):
            raise DataError(f"answer {i}: expected a list, as other answers are, got {quote(row)}")
    lists = [sorted(row, key=str) if isinstance(row, Set) else _listed(row) for row in answers]
    if as_numbers or (not named and _are_indicators(lists)):
        try:
            return np.asarray(lists)
        except ValueError:
            raise DataError(f"y: expected rows of as many numbers, got {quote(lists)}") from None
    for i, row in enumerate(lists, 1):
        _refuse_missing(row, f" of sequence {i}")
    return lists


def _listed(row: Any) -> list[Any]:
    answers = rows(row)
    values: list[Any] = answers if isinstance(answers, list) else answers.tolist()
    return values


def _are_indicators(lists: list[list[Any]]) -> bool:
    """Whether rows of equal width hold nothing but 0 and 1."""
    width = len(lists[0])
    return width > 0 and all(
        len(row) == width and all(isinstance(value, int | float) and value in (0, 1) for value in row) for row in lists
    )


def _table(answers: np.ndarray, as_numbers: bool) -> Any:
    """A table of numbers, or of 0 and 1; or its one column."""
    if answers.ndim > 2:
        raise DataError(f"y: expected (N,) or (N, K) answers, got shape {answers.shape}; with per_step one a step")
    if answers.shape[1] == 1:
        _warn_of_column(answers.shape)
        return rows(answers[:, 0])
    if not as_numbers:
        strange = [value for value in answers.ravel().tolist() if value not in (0, 1)]
        if strange:
            raise DataError(
                f"y: expected 0 and 1 in an array (N, K), whether an example has each of K labels, got {strange[0]!r}; "
                "lists of labels name them"
            )
    return answers


def _warn_of_column(shape: tuple[int, ...]) -> None:
    """Say what scikit-learn says."""
    from sklearn.exceptions import DataConversionWarning

    warnings.warn(
        f"A column-vector y was passed when a 1d array was expected. Please change the shape of y from {shape} to "
        f"({shape[0]},), for example using ravel().",
        DataConversionWarning,
        stacklevel=2,
    )


def _refuse_missing(answers: Any, of: str = "") -> None:
    """Refuse None, NaN and the like, and what is no Unicode text."""
    if isinstance(answers, np.ndarray) and answers.dtype.kind in "biu":
        return
    values = (
        answers
        if isinstance(answers, list)
        else answers.ravel().tolist()
        if answers.dtype.kind != "M"
        else list(answers)
    )
    for i, value in enumerate(values):
        if is_missing(value):
            where = i // (answers.shape[1] if isinstance(answers, np.ndarray) and answers.ndim == 2 else 1) + 1
            raise DataError(f"answer {where}{of}: expected a label or a number, got none ({value!r}: NaN or missing)")
        if isinstance(value, str):
            require_unicode(f"answer {i + 1}{of}", value)
