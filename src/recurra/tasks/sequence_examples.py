"""What a person gives a classifier or a regressor, in files or in memory, as `Examples`: the same for every verb."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data import given
from recurra.data.examples import Examples
from recurra.data.named import part_to_score
from recurra.data.rows import rows
from recurra.data.targets import targets
from recurra.errors import DataError, quote


def to_learn(task: Any, X: Any, y: Any, weights: Any) -> Any:
    """What to learn from: `Examples`, or what names data.

    Args:
        task: a `SequenceEstimator`; what scikit-learn wants to be known of a table is set on it.
        X, y, weights: see `SequenceEstimator.fit`.

    Raises:
        DataError: they are not as expected.
    """
    if y is None and (both := given.pair(X)):
        X, y = both
    X = _held(X)
    if y is None:
        if not given.is_source(X):
            raise DataError(f"{type(task).__name__} requires y to be passed, but the target y is None")
        if weights is not None:
            raise DataError("sample_weight: expected it beside X and y, got it beside files")
        return X
    examples = _in_memory(task, X, y, reset=True)
    return examples if weights is None else _weighted(examples, weights)


def to_validate(task: Any, valid: Any) -> Any:
    """What to choose the best weights by: `Examples` with answers, what names data, or None."""
    if valid is None or given.is_source(valid):
        return valid
    both = given.pair(valid)
    if both is None:
        raise DataError(f"valid: expected a pair (X, y), files or a data set, got {type(valid).__name__}")
    return _in_memory(task, *both, reset=False)


def to_answer(task: Any, X: Any) -> Examples:
    """What to answer."""
    reads_texts, X = task.tokenizer_ is not None, _held(X)
    if isinstance(X, Examples):
        return X
    if isinstance(X, str) and reads_texts and not os.path.exists(X) and " " in X.strip():
        raise DataError(f"{quote(X)}: expected a list of texts, or a file of them; for one text give [text]")
    if given.is_source(X) and not (reads_texts and given.is_texts(X)):
        examples: Examples = next(iter(task._resolve(X, needs_labels=False).values()))
        return examples
    return _in_memory(task, X, None, reset=False)


def to_score(task: Any, data: Any, y: Any, part: str | None) -> Examples:
    """What to score on, with answers."""
    if y is None and (both := given.pair(data)):
        data, y = both
    if y is not None:
        return _in_memory(task, data, y, reset=False)
    if not given.is_source(data):
        raise DataError(f"expected sequences with their answers, (X, y), files or a data set, got {quote(data)}")
    examples: Examples = part_to_score(data, task._resolve(data), part)
    return examples


def answers_of(task: Any, y: Any) -> Any:
    """The answers that are given beside sequences, by position."""
    known = task.answers_
    named = known is not None and known.kind == "labels" and not known.indicators
    return targets(y, task.kind == "regressor", bool(task.every_step), named)


def _held(X: Any) -> Any:
    """What an iterator gives, which can be asked for it but once; all else as it is."""
    return list(X) if isinstance(X, Iterator) else X


def _in_memory(task: Any, X: Any, y: Any, reset: bool) -> Examples:
    """Sequences and, maybe, answers; held to scikit-learn's rules where they are a table."""
    X = _held(X)
    if isinstance(X, str | Path | Examples):
        raise DataError(f"expected sequences or texts beside y, got {type(X).__name__} {quote(X)}")
    if given.is_table(X) and (reset or task.reads_table_):
        inputs, is_table = _table(task, X, reset), True
    else:
        inputs = given.sequences(X)
        is_table = given.are_rows(inputs)
        if reset and is_table:
            inputs = _table(task, np.stack(inputs)[:, :, 0], reset)
    if reset:
        _describe(task, inputs, is_table)
    return Examples(inputs, None if y is None else answers_of(task, y))


def _table(task: Any, X: Any, reset: bool) -> np.ndarray:
    """A table as series of one feature, (N, T, 1)."""
    from sklearn.utils.validation import validate_data

    # what is infinite is found later, where its place is known
    options = {"ensure_all_finite": False, "dtype": [np.float64, np.float32], "reset": reset}
    checked: np.ndarray = validate_data(task, given.table(X), **options)
    return checked[:, :, None]


def _describe(task: Any, inputs: Any, is_table: bool) -> None:
    """Set what scikit-learn reads off an estimator: features in, of a table its columns."""
    task.reads_table_ = is_table
    if not is_table:
        task.n_features_in_ = 1 if isinstance(inputs[0], str) else inputs[0].shape[-1]
        if hasattr(task, "feature_names_in_"):
            del task.feature_names_in_


def _weighted(examples: Examples, weights: Any) -> Examples:
    """Examples with weights of mean 1, without those that count nothing."""
    count = len(examples)
    numbers = given.numbers(np.full(count, weights) if np.ndim(rows(weights)) == 0 else weights, "sample_weight")
    if numbers.shape != (count,):
        raise DataError(f"sample_weight: expected {count} numbers, one a sequence, got shape {numbers.shape}")
    if not (np.isfinite(numbers).all() and (numbers >= 0).all() and numbers.any()):
        raise DataError("sample_weight: expected finite weights of 0 or more, not all of them zero")
    counted = np.flatnonzero(numbers)
    chosen = examples if len(counted) == count else examples.select(counted)
    scaled = numbers[counted].astype(np.float64)
    return replace(chosen, weights=scaled / scaled.mean())
