"""How much each sequence counts, in learning and in scores: scikit-learn's `sample_weight`."""

from typing import Any

import numpy as np

from recurra.data.containers import number_arrays
from recurra.data.containers.rows import rows
from recurra.errors import DataError


def of_sequences(sample_weight: Any, count: int) -> np.ndarray:
    """Give the weight of each of `count` sequences, by position, (count,) float64; one number is that of all.

    Raises:
        DataError: they are not as many, not all finite and 0 or more, or all zero.
    """
    is_number = np.ndim(rows(sample_weight)) == 0
    weights = number_arrays.numbers(np.full(count, sample_weight) if is_number else sample_weight, "sample_weight")
    if weights.shape != (count,):
        raise DataError(f"sample_weight: expected {count} numbers, one a sequence, got shape {weights.shape}")
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise DataError("sample_weight: expected finite weights of 0 or more, not all of them zero")
    return weights.astype(np.float64)
