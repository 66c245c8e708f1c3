"""Sequences and their answers as arrays in .npz files."""

from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.files.array_archive import open_members
from recurra.data.files.mapped_array import Ragged
from recurra.data.sequences.examples import Examples
from recurra.errors import DataError


def read(path: Path) -> Examples:
    """Read `X` (N, T, I), or (N, T) for one feature, and, where they are there, `y` (N, ...) and `lengths` (N,).

    Large arrays that numpy.savez wrote are memory-mapped; what savez_compressed wrote is read into memory.

    Raises:
        DataError: there is no X, the arrays do not fit together, or the file is broken.
    """
    members = open_members(path)
    if "X" not in members:
        raise DataError(f"{path}: expected an array X, got {', '.join(members) or 'none'}")
    x = members["X"]
    if x.ndim not in (2, 3) or x.dtype.kind not in "fiub" or 0 in x.shape:
        raise DataError(f"{path}: X: expected numbers (N, T, I) or (N, T), got {x.dtype} of shape {x.shape}")
    x = x if x.ndim == 3 else x[:, :, None]
    inputs: Any = x
    if "lengths" in members:
        inputs = Ragged(x, _lengths(path, members["lengths"], x))
    return Examples(inputs, _answers(path, members["y"], len(x)) if "y" in members else None)


def _lengths(path: Path, lengths: np.ndarray, x: np.ndarray) -> np.ndarray:
    _check_rows(path, "lengths", lengths, len(x))
    if lengths.ndim != 1 or lengths.dtype.kind not in "iu":
        got = f"{lengths.dtype} of shape {lengths.shape}"
        raise DataError(f"{path}: lengths: expected whole numbers (N,), got {got}")
    if lengths.min() < 1 or lengths.max() > x.shape[1]:
        raise DataError(f"{path}: lengths: expected 1 to {x.shape[1]}, got {lengths.min()} to {lengths.max()}")
    return lengths


def _answers(path: Path, y: np.ndarray, count: int) -> Any:
    """Labels or numbers of each example, as arrays where there are several."""
    _check_rows(path, "y", y, count)
    if y.ndim > 3 or y.dtype.kind not in "fiubU":
        raise DataError(f"{path}: y: expected numbers or texts (N, ...), got {y.dtype} of shape {y.shape}")
    _refuse_missing(path, y)
    return y.tolist() if y.ndim == 1 else list(np.array(y))


def _refuse_missing(path: Path, y: np.ndarray) -> None:
    """Refuse NaN and empty texts, which would be labels of their own."""
    if y.dtype.kind not in "fU":
        return
    missing = np.isnan(y) if y.dtype.kind == "f" else y == ""
    rows = np.flatnonzero(missing.reshape(len(y), -1).any(1))
    if len(rows):
        raise DataError(f"{path}: y: expected a label or a number in each row, got none in row {rows[0] + 1}")


def _check_rows(path: Path, name: str, array: np.ndarray, count: int) -> None:
    if array.ndim == 0 or len(array) != count:
        got = "one value" if array.ndim == 0 else str(len(array))
        raise DataError(f"{path}: {name}: expected {count} rows as in X, got {got}")
