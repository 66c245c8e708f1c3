"""How much each label counts in the loss of a classifier."""

import math
import numbers
from typing import Any

import numpy as np

from recurra.data.sequences import labels
from recurra.data.sequences.answers import Answers
from recurra.errors import DataError, quote, shorten


def weigh(setting: Any, answers: Answers, encoded: list[np.ndarray], examples: np.ndarray | None) -> np.ndarray:
    """Give the weight of each label, (labels,).

    Args:
        setting: "balanced", in inverse proportion to how often a label comes; or weights by label, 1 where none is
            named.
        answers: what they can be. Of several labels at once the weight is that of a label that is there, beside one
            that is not.
        encoded: the answers of the training data as numbers.
        examples: the weights of these; None, all alike.

    Raises:
        DataError: a label is not known, or a weight is no number above 0.
    """
    if isinstance(setting, dict):
        return _by_label(setting, answers)
    if answers.per_step:
        examples = None if examples is None else np.repeat(examples, [len(y) for y in encoded])
    y = answers.concatenate(encoded)
    examples = np.ones(len(y)) if examples is None else examples
    if answers.kind == "class":
        counts = np.bincount(y, examples, minlength=len(answers.labels))
        return np.where(counts > 0, examples.sum() / (len(counts) * np.maximum(counts, 1e-30)), 1.0)
    there = examples @ y
    return np.where(there > 0, np.maximum(examples.sum() - there, 1e-3) / np.maximum(there, 1e-30), 1.0)


def _by_label(setting: dict[Any, Any], answers: Answers) -> np.ndarray:
    positions = {
        str(label): position for position, label in enumerate(answers.labels)
    }  # files hold the labels as texts
    positions |= {label: position for position, label in enumerate(answers.labels)}
    weights = np.ones(len(answers.labels))
    for label, weight in setting.items():
        position = positions.get(label if isinstance(label, str) else labels.plain(label))
        if position is None:
            known = ", ".join(shorten(str(label)) for label in answers.labels[:20])
            raise DataError(f"class_weight: expected weights of the labels {known}, got one of {quote(label)}")
        if not (isinstance(weight, numbers.Real) and 0 < float(weight) < math.inf):
            raise DataError(f"class_weight: expected a number above 0 for {quote(label)}, got {quote(weight)}")
        weights[position] = float(weight)
    return weights
