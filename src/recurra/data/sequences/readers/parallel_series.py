"""Series of numbers beside each other, as text: the features of one example."""

from collections.abc import Iterable

import numpy as np

from recurra.data.files.numbers import measured_all
from recurra.errors import DataError


def read_series(texts: Iterable[str], location: object, called: str) -> np.ndarray:
    """Read one example.

    Args:
        texts: of each feature its numbers, between commas.
        location: of the example, for errors.
        called: what an error calls a feature.

    Returns:
        (T, I) float64.

    Raises:
        DataError: something is no number, or one series is longer than another; names the location and the feature.
    """
    series: list[list[float]] = []
    for count, text in enumerate(texts, 1):
        try:
            series.append(measured_all(text, ","))
        except ValueError as error:
            raise DataError(f"{location}: {called} {count}: {error}") from None
        steps, expected = len(series[-1]), len(series[0])
        if steps != expected:
            raise DataError(f"{location}: expected {expected} steps in {called} {count} as in the first, got {steps}")
    return np.asarray(series, np.float64).T
