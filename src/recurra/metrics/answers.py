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
    """Give the share of correct answers; several labels are correct when all are.

    Args:
        answers: what they can be.
        scored: a network's outputs, of each example.
        y: the true answers, of each example.
        weights: how much each example counts; None, all alike.
    """
    encoded = _beside(answers, scored, y, strict=False)
    outputs, true = answers.concatenate(scored), answers.concatenate(encoded)
    several = answers.kind == "labels"
    correct = ((outputs > 0) == true).all(-1) if several else answers.argmax(outputs) == true  # (N,)
    return float(np.average(correct, weights=_of_each(answers, encoded, weights)))


def r2(answers: Answers, scored: Sequence[np.ndarray], y: Any, weights: Any = None) -> float:
    """Give the coefficient of determination of numbers; see `accuracy`."""
    from sklearn.metrics import r2_score

    encoded = _beside(answers, scored, y, strict=True)
    measured, predicted = answers.unscale(answers.concatenate(encoded)), answers.unscale(answers.concatenate(scored))
    return float(r2_score(measured, predicted, sample_weight=_of_each(answers, encoded, weights)))


def _beside(answers: Answers, scored: Sequence[np.ndarray], y: Any, strict: bool) -> list[np.ndarray]:
    """The true answers as numbers, one for each of a network's."""
    if len(y) != len(scored):
        raise DataError(f"y: expected an answer for each of {len(scored)} sequences, got {len(y)}")
    encoded = answers.encode(y, strict=strict)
    if answers.kind == "class" and not strict and all((classes == -1).all() for classes in encoded):
        _refuse_other_type(answers, y)
    for i, (outputs, true) in enumerate(zip(scored, encoded, strict=True), 1):
        if answers.per_step and len(outputs) != len(true):
            raise DataError(f"sequence {i}: expected {len(outputs)} answers, one a step, got {len(true)}")
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


def short(answers: Answers, outputs: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """What is worth seeing after each epoch.

    Args:
        answers: what they can be.
        outputs: of a network, (N, outputs).
        y: the true answers as numbers, (N, ...).
    """
    if answers.kind == "number":
        return {"valid_mae": float(np.abs((outputs - y) * answers.scale).mean())}
    if answers.kind == "labels":
        predicted, true = outputs > 0, y > 0.5
        both = 2 * int((predicted & true).sum())
        f1 = both / max(1, int(predicted.sum()) + int(true.sum()))
        return {"valid_accuracy": float((predicted == true).all(-1).mean()), "valid_f1": f1}
    return {"valid_accuracy": float((answers.argmax(outputs) == y).mean())}


def full(answers: Answers, outputs: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """Score.

    Args:
        answers: what they can be.
        outputs: of a network, (N, outputs).
        y: the true answers as numbers, (N, ...).

    Returns:
        Of classes: accuracy, that among the 5 likeliest, F1 (mean over the classes, and of each), nats an answer,
        the calibration error (Guo et al., 2017, 15 bins), the classes and the confusion table, a row a true class.
        Of several labels: the share of examples with all right, F1 (micro, macro, and of each). Of numbers: mean
        absolute and root mean squared error, and R2.
    """
    score = {"number": _score_numbers, "labels": _score_several_labels, "class": _score_classes}[answers.kind]
    return score(answers, outputs, y) | {"examples": len(y)}


def _score_numbers(answers: Answers, outputs: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    from sklearn import metrics

    true, predicted = answers.unscale(y), answers.unscale(outputs)
    return {
        "mae": float(metrics.mean_absolute_error(true, predicted)),
        "rmse": float(metrics.root_mean_squared_error(true, predicted)),
        "r2": float(metrics.r2_score(true, predicted)),
    }


def _score_several_labels(answers: Answers, outputs: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    from sklearn import metrics

    predicted, true = outputs > 0, y > 0.5
    f1 = metrics.f1_score(true, predicted, average=None, zero_division=0.0)  # (K,)
    micro = float(metrics.f1_score(true, predicted, average="micro", zero_division=0.0))
    return {"accuracy": float((predicted == true).all(-1).mean()), "f1_micro": micro} | _named_f1(answers, f1)


def _score_classes(answers: Answers, outputs: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    from sklearn import metrics

    probabilities, predicted = answers.probabilities(outputs), answers.argmax(outputs)  # (N, K), (N,)
    classes = range(len(answers.labels))
    likeliest = np.argsort(-probabilities, axis=1, kind="stable")[:, :5]
    of_true = probabilities[np.arange(len(y)), y]  # (N,)
    return {
        "accuracy": float((predicted == y).mean()),
        "top5_accuracy": float((likeliest == y[:, None]).any(1).mean()),
        **_named_f1(answers, metrics.f1_score(y, predicted, labels=classes, average=None, zero_division=0.0)),
        "nats": float(-np.log(np.maximum(of_true, 1e-300)).mean()),
        "calibration_error": calibration_error(probabilities.max(1), predicted == y),
        "classes": [str(label) for label in answers.labels],
        "confusion": confusion.count(y.tolist(), predicted.tolist(), classes),
    }


def _named_f1(answers: Answers, f1: np.ndarray) -> dict[str, float]:
    """F1 of each label, after their mean."""
    named = {f"f1_{label}": float(value) for label, value in zip(answers.labels, f1, strict=True)}
    return {"f1_macro": float(f1.mean())} | named


def confidence(answers: Answers, outputs: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How sure the answers of a classifier are, and which are correct: arguments as of `full`; (N,) and (N,) bool."""
    return answers.probabilities(outputs).max(1), answers.argmax(outputs) == y


def calibration_error(confidence: np.ndarray, correct: np.ndarray) -> float:
    """How far confidence is from the share of correct answers, on average (Guo et al., 2017).

    Args:
        confidence: the probability of each answer, (N,).
        correct: whether each is, (N,).
    """
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = []
    for number in np.unique(bins).tolist():
        in_bin = bins == number
        gap = abs(confidence[in_bin].mean() - correct[in_bin].mean())
        gaps.append(gap * in_bin.mean())
    return float(np.sum(gaps))
