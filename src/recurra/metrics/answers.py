"""How good answers are: the scores of classifiers and regressors, from scikit-learn where it has them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from recurra.data.sequences import labels
from recurra.data.sequences.answers import Answers
from recurra.errors import DataError, quote
from recurra.metrics import confusion, sample_weights

_BINS = 15  # of confidence, for the calibration error, as Guo et al. (2017) take


def accuracy(answers: Answers, scored: Sequence[np.ndarray], y: Any, weights: Any = None) -> float:
    """Give the share of right answers; several labels are right when all are.

    Args:
        answers: what they can be.
        scored: a network's outputs, of each example.
        y: the right answers, of each example.
        weights: how much each example counts; None, all alike.
    """
    encoded = _beside(answers, scored, y, strict=False)
    flat, right = answers.concatenate(scored), answers.concatenate(encoded)
    correct = ((flat > 0) == right).all(-1) if answers.kind == "labels" else answers.argmax(flat) == right
    return float(np.average(correct, weights=_of_each(answers, encoded, weights)))


def r2(answers: Answers, scored: Sequence[np.ndarray], y: Any, weights: Any = None) -> float:
    """Give the coefficient of determination of numbers; see `accuracy`."""
    from sklearn.metrics import r2_score

    encoded = _beside(answers, scored, y, strict=True)
    measured, predicted = answers.unscale(answers.concatenate(encoded)), answers.unscale(answers.concatenate(scored))
    return float(r2_score(measured, predicted, sample_weight=_of_each(answers, encoded, weights)))


def _beside(answers: Answers, scored: Sequence[np.ndarray], y: Any, strict: bool) -> list[np.ndarray]:
    """The right answers as numbers, one for each of a network's."""
    if len(y) != len(scored):
        raise DataError(f"y: expected an answer for each of {len(scored)} sequences, got {len(y)}")
    encoded = answers.encode(y, strict=strict)
    if answers.kind == "class" and not strict and all((own == -1).all() for own in encoded):
        _refuse_other_type(answers, y)
    for i, (ours, theirs) in enumerate(zip(scored, encoded, strict=True), 1):
        if answers.per_step and len(ours) != len(theirs):
            raise DataError(f"sequence {i}: expected {len(ours)} answers, one a step, got {len(theirs)}")
    return encoded


def _refuse_other_type(answers: Answers, y: Any) -> None:
    """Refuse labels that can never be right: texts where numbers were learnt, or the reverse."""
    first = labels.plain(y[0][0] if answers.per_step else y[0])
    if not any(isinstance(label, str) == isinstance(first, str) for label in answers.labels):
        known = answers.labels[0]
        raise DataError(
            f"y: expected labels such as {quote(known)}, of type {type(known).__name__}, as in training, got "
            f"{quote(first)}, of type {type(first).__name__}"
        )


def _of_each(answers: Answers, encoded: list[np.ndarray], weights: Any) -> Any:
    """The weight of each answer, of the weights of examples."""
    if weights is None:
        return None
    weights = sample_weights.of_sequences(weights, len(encoded))
    return np.repeat(weights, [len(y) for y in encoded]) if answers.per_step else weights


def short(answers: Answers, given: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """What is worth seeing after each epoch: given scores (N, outputs) and answers as numbers (N, ...)."""
    if answers.kind == "number":
        return {"valid_mae": float(np.abs((given - y) * answers.scale).mean())}
    if answers.kind == "labels":
        predicted, labels = given > 0, y > 0.5
        both = 2 * int((predicted & labels).sum())
        f1 = both / max(1, int(predicted.sum()) + int(labels.sum()))
        return {"valid_accuracy": float((predicted == labels).all(-1).mean()), "valid_f1": f1}
    return {"valid_accuracy": float((answers.argmax(given) == y).mean())}


def full(answers: Answers, given: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """Score.

    Args:
        answers: what they can be.
        given: a network's outputs, (N, outputs).
        y: the right answers as numbers, (N, ...).

    Returns:
        Of classes: accuracy, that among the 5 likeliest, F1 (mean over the classes, and of each), nats an answer,
        the calibration error (Guo et al., 2017, 15 bins), the classes and the confusion table, a row a right class.
        Of several labels: the share of examples with all right, F1 (micro, macro, and of each). Of numbers: mean
        absolute and root mean squared error, and R2.
    """
    of = {"number": _of_numbers, "labels": _of_several, "class": _of_classes}[answers.kind]
    return of(answers, given, y) | {"examples": len(y)}


def _of_numbers(answers: Answers, given: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    from sklearn import metrics

    meant, said = answers.unscale(y), answers.unscale(given)
    return {
        "mae": float(metrics.mean_absolute_error(meant, said)),
        "rmse": float(metrics.root_mean_squared_error(meant, said)),
        "r2": float(metrics.r2_score(meant, said)),
    }


def _of_several(answers: Answers, given: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    from sklearn import metrics

    said, meant = given > 0, y > 0.5
    each = metrics.f1_score(meant, said, average=None, zero_division=0.0)
    micro = float(metrics.f1_score(meant, said, average="micro", zero_division=0.0))
    return {"accuracy": float((said == meant).all(-1).mean()), "f1_micro": micro} | _f1(answers, each)


def _of_classes(answers: Answers, given: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    from sklearn import metrics

    probabilities, said, every = answers.probabilities(given), answers.argmax(given), range(len(answers.labels))
    likeliest = np.argsort(-probabilities, axis=1, kind="stable")[:, :5]
    right = probabilities[np.arange(len(y)), y]
    return {
        "accuracy": float((said == y).mean()),
        "top5_accuracy": float((likeliest == y[:, None]).any(1).mean()),
        **_f1(answers, metrics.f1_score(y, said, labels=every, average=None, zero_division=0.0)),
        "nats": float(-np.log(np.maximum(right, 1e-300)).mean()),
        "calibration_error": calibration_error(probabilities.max(1), said == y),
        "classes": [str(label) for label in answers.labels],
        "confusion": confusion.count(y.tolist(), said.tolist(), every),
    }


def _f1(answers: Answers, each: np.ndarray) -> dict[str, float]:
    """F1 of each label, after their mean."""
    named = {f"f1_{label}": float(f1) for label, f1 in zip(answers.labels, each, strict=True)}
    return {"f1_macro": float(each.mean())} | named


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """How far confidence is from the share of right answers, on average (Guo et al., 2017)."""
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean()
        for b in np.unique(bins).tolist()
    ]
    return float(np.sum(gaps))
