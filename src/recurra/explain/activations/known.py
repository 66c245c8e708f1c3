"""Properties of the steps of sequences that do not depend on what these are."""

from collections.abc import Sequence

import numpy as np


def placed(lengths: Sequence[int], name: str) -> dict[str, list[np.ndarray]]:
    """The number of each step in its sequence, as a property of that name."""
    return {name: [np.arange(float(length)) for length in lengths]}


def indicators(labels: Sequence[np.ndarray], names: Sequence[str], most: int = 12) -> dict[str, list[np.ndarray]]:
    """One property a label: whether a step has it.

    Args:
        labels: of each sequence the number of the label of each step, (T,); NaN where there is none.
        names: of the labels.
        most: labels, the commonest; of two the second alone, since the other says the same.
    """
    everything = np.concatenate(labels) if labels else np.empty(0)
    numbers, counts = np.unique(everything[np.isfinite(everything)], return_counts=True)
    common = numbers[np.argsort(-counts, kind="stable")[:most]]
    if len(numbers) == 2:
        common = numbers[1:]
    properties = {}
    for number in common:
        properties[names[int(number)]] = [
            np.where(np.isfinite(of_sequence), (of_sequence == number).astype(np.float64), np.nan)
            for of_sequence in labels
        ]
    return properties
