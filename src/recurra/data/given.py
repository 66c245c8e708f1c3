"""What a person gives in memory instead of files: which form it has, and sequences of it."""

from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.examples import Examples
from recurra.errors import DataError


def is_source(data: Any) -> bool:
    """Whether this names data: a path, a data set, or files."""
    return isinstance(data, str | Path | Examples) or (
        isinstance(data, list | tuple) and len(data) > 0 and all(isinstance(one, str | Path) for one in data)
    )


def is_table(data: Any) -> bool:
    """Whether scikit-learn's rules hold for this: a table of numbers, a series a row; or what is nothing at all."""
    if isinstance(data, np.ndarray):
        return data.ndim != 3 and not (data.size and isinstance(data.flat[0], str))
    if not isinstance(data, list | tuple):
        return True  # frames, sparse matrices and whatever scikit-learn knows how to take or to refuse
    if not data or isinstance(data[0], str):
        return not data
    return all(np.ndim(one) == 1 and len(one) == len(data[0]) for one in data)


def sequences(data: Any) -> Any:
    """Sequences as arrays (T, I) of one width, or texts."""
    if isinstance(data, np.ndarray) and data.ndim == 3:
        return data
    if isinstance(data[0], str):
        return list(data)
    inputs: list[np.ndarray] = []
    for i, one in enumerate(data, 1):
        x = np.asarray(one, np.float32)
        x = x[:, None] if x.ndim == 1 else x
        if x.ndim != 2 or x.size == 0:
            raise DataError(f"sequence {i}: expected (T, I) numbers, got shape {x.shape}")
        if x.shape[1] != (inputs[0] if inputs else x).shape[1]:
            raise DataError(f"sequence {i}: expected {inputs[0].shape[1]} features as in the first, got {x.shape[1]}")
        inputs.append(x)
    return inputs
