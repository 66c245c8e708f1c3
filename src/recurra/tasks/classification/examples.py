"""What a person gives a classifier or a regressor, in files or in memory, as `Examples`: the same for every verb."""

import os
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.containers import panel
from recurra.data.containers.pair import pair
from recurra.data.containers.rows import is_container, rows
from recurra.data.sequences import in_memory
from recurra.data.sequences.examples import Examples
from recurra.data.sequences.table_columns import TableColumns
from recurra.data.sequences.targets import names_of_columns, targets
from recurra.data.sources.catalogue import NAMED
from recurra.data.sources.named import part_to_score
from recurra.errors import DataError, quote
from recurra.metrics import sample_weights


def to_learn(task: Any, X: Any, y: Any, weights: Any) -> Any:
    """What to learn from: `Examples`, or what names data.

    Args:
        task: a `SequenceEstimator`; what scikit-learn wants to be known of a table is set on it.
        X, y, weights: see `SequenceEstimator.fit`.

    Raises:
        DataError: they are not as expected.
    """
    if y is None and (both := pair(X)):
        X, y = both
    X = _held(X)
    if y is None:
        if not in_memory.is_source(X):
            raise DataError(f"{type(task).__name__} requires y to be passed, but the target y is None")
        if weights is not None:
            raise DataError("sample_weight: expected it beside X and y, got it beside files")
        task.reads_table_ = False
        return X
    examples = _learnable(task, X, y, reset=True, named=False)
    return examples if weights is None else _weighted(examples, weights)


def to_validate(task: Any, valid: Any, train: Any) -> Any:
    """What to choose the best weights by: `Examples` with answers, what names data, or None.

    Args:
        task, valid: see `to_learn`.
        train: what is learnt from, as `to_learn` gives it.
    """
    if valid is None or in_memory.is_source(valid):
        return valid
    both = pair(valid)
    if both is None:
        raise DataError(f"valid: expected a pair (X, y), files or a data set, got {type(valid).__name__}")
    named = isinstance(train, Examples) and _are_named(train, bool(task.per_step))
    return _learnable(task, *both, reset=False, named=named)


def _are_named(examples: Examples, per_step: bool) -> bool:
    """Whether the answers are lists of labels."""
    first = examples.required_answers()[0]
    return isinstance(first[0] if per_step and len(first) else first, list | tuple)


def to_answer(task: Any, X: Any) -> Examples:
    """What to answer."""
    reads_texts, X = task.tokenizer_ is not None, _held(X)
    if isinstance(X, Examples):
        return X.in_order_of(task.columns_)
    if isinstance(X, str) and reads_texts and not os.path.exists(X) and X not in NAMED:
        raise DataError(f"{quote(X)}: expected a list of texts, or a file of them; for one text give [text]")
    if in_memory.is_source(X) and not (reads_texts and in_memory.is_texts(X)):
        examples: Examples = next(iter(task._resolve(X, needs_labels=False).values()))
        return examples
    return _known(task, X)


def to_score(task: Any, data: Any, y: Any, part: str | None) -> Examples:
    """What to score on, with answers."""
    if y is None and (both := pair(data)):
        data, y = both
    if y is not None:
        return _known(task, data, y)
    if not in_memory.is_source(data):
        raise DataError(f"expected sequences with their answers, (X, y), files or a data set, got {quote(data)}")
    examples: Examples = part_to_score(data, task._resolve(data), part)
    return examples.in_order_of(task.columns_)


def answers_of(task: Any, y: Any) -> Any:
    """The answers that are given beside sequences, by position."""
    known = task.answers_
    named = known is not None and known.kind == "labels" and not known.indicators
    return targets(y, task.kind == "regressor", bool(task.per_step), named, task.target_names_)


def _held(X: Any) -> Any:
    """What an iterator gives, which can be asked for it but once; all else as it is."""
    return list(X) if isinstance(X, Iterator) else X


def _learnable(task: Any, X: Any, y: Any, reset: bool, named: bool) -> Examples:
    """Sequences and their answers, to learn from or to validate on, with the names that their own columns have.

    Args:
        reset: whether they are to be learnt from.
        named: whether lists of answers name labels, even if they hold nothing but 0 and 1.
    """
    X, y = _held(X), _held(y)
    if panel.is_panel(X) and is_container(y):
        parts = panel.sequences_of(X)
        X = parts if len(rows(y)) == len(parts) else X  # else a row an example, as of a table
    inputs, per_step = _inputs(task, X, None, reset), bool(task.per_step)
    answers: Any = targets(y, task.kind == "regressor", per_step, named)
    answer_names = names_of_columns(rows(y) if per_step else y, per_step)
    return Examples(inputs, answers, columns=in_memory.columns(X), answer_names=answer_names)


def _known(task: Any, X: Any, y: Any = None) -> Examples:
    """Sequences for a fitted estimator, with their columns in the order of the training."""
    X = _held(X)
    if panel.is_panel(X) and not task.reads_table_ and task.shape_["features"] == X.shape[1]:
        X = panel.sequences_of(X)
    inputs = _inputs(task, X, task.columns_, reset=False)
    if task.tokenizer_ is None and not (task.reads_table_ and in_memory.is_table(X)):  # of these scikit-learn warns
        _warn_of_names(task, X)
    return Examples(inputs, None if y is None else answers_of(task, y), columns=task.columns_)


def _inputs(task: Any, X: Any, columns: TableColumns | None, reset: bool) -> Any:
    """Sequences or texts; held to scikit-learn's rules where they are a table.

    Args:
        columns: of the training, in whose order those of X are put; None while it is prepared.
        reset: whether they are to be learnt from.
    """
    if isinstance(X, str | Path | Examples):
        raise DataError(f"expected sequences or texts beside y, got {type(X).__name__} {quote(X)}")
    if in_memory.is_table(X) and (reset or task.reads_table_):
        inputs, is_table = _table(task, X, columns, reset), True
    else:
        inputs = in_memory.sequences(X, columns)
        is_table = in_memory.are_rows(inputs)
        if reset and is_table:
            inputs = _table(task, np.stack(inputs)[:, :, 0], None, reset)
    if reset:
        _describe(task, inputs, is_table)
    return inputs


def _table(task: Any, X: Any, columns: TableColumns | None, reset: bool) -> np.ndarray:
    """A table as series of one feature, (N, T, 1)."""
    from sklearn.utils.validation import validate_data

    # what is infinite is found later, where its place is known
    options = {"ensure_all_finite": False, "dtype": [np.float64, np.float32], "reset": reset}
    checked: np.ndarray = validate_data(task, in_memory.table(X, columns), **options)
    return checked[:, :, None]


def _describe(task: Any, inputs: Any, is_table: bool) -> None:
    """Set what scikit-learn reads off an estimator: features in, of a table its columns."""
    task.reads_table_ = is_table
    if not is_table:
        task.n_features_in_ = 1 if isinstance(inputs[0], str) else inputs[0].shape[-1]
        if hasattr(task, "feature_names_in_"):
            del task.feature_names_in_


def announce_columns(task: Any) -> None:
    """Set what scikit-learn reads off an estimator that was fitted on frames, or loaded, of the names of columns."""
    columns = task.columns_
    if columns is None or not columns.in_memory:
        return
    if columns.form == "series":
        task.reads_table_ = True
    if columns.form == "series" or not task.reads_table_:
        task.feature_names_in_ = np.asarray(columns.features, object)
        task.n_features_in_ = len(columns.features)


def _warn_of_names(task: Any, X: Any) -> None:
    """Say where columns are taken by position because one side has no names, as scikit-learn says of tables.

    Who has learnt from a file, whose columns always have names, has chosen none, and is told nothing of arrays.
    """
    name, columns = type(task).__name__, in_memory.columns(X)
    if task.columns_ is not None and task.columns_.in_memory and columns is None:
        warnings.warn(
            f"X does not have feature names, but {name} was fitted with feature names; columns are taken by position",
            stacklevel=2,
        )
    if task.columns_ is None and columns is not None:
        warnings.warn(
            f"X has feature names, but {name} was fitted without feature names; columns are taken by position",
            stacklevel=2,
        )


def _weighted(examples: Examples, sample_weight: Any) -> Examples:
    """Examples with weights of mean 1, without those that count nothing."""
    weights = sample_weights.of_sequences(sample_weight, len(examples))
    counted = np.flatnonzero(weights)
    chosen = examples if len(counted) == len(examples) else examples.select(counted)
    return replace(chosen, weights=weights[counted] / weights[counted].mean())
