"""How good answers are: the scores of classifiers and regressors, from scikit-learn where it has them."""

from typing import Any

import numpy as np

from recurra.data.answers import Answers
from recurra.tasks import confusion

_BINS = 15  # of confidence, for the calibration error, as Guo et al. (2017) take


def accuracy(predicted: Any, y: Any) -> float:
    """Give the share of right answers; rows and lists are right when they are right throughout, but for an answer at
    every step, of which each counts.
    """
    if isinstance(predicted, np.ndarray):
        right = predicted == np.asarray(y).reshape(predicted.shape)
        return float(right.all(-1).mean() if right.ndim == 2 else right.mean())
    if isinstance(predicted[0], np.ndarray):
        return float(
            np.mean(np.concatenate([one == np.asarray(y_one) for one, y_one in zip(predicted, y, strict=True)]))
        )
    return float(np.mean([set(one) == set(y_one) for one, y_one in zip(predicted, y, strict=True)]))


def short(answers: Answers, given: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """What is worth seeing after each epoch: given scores (N, outputs) and answers as numbers (N, ...)."""
    if answers.kind == "number":
        return {"valid_mae": float(np.abs((given - y) * answers.scale).mean())}
    if answers.kind == "labels":
        return {"valid_accuracy": float(((given > 0) == (y > 0.5)).all(-1).mean())}
    return {"valid_accuracy": float((answers.chosen(given) == y).mean())}


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

    meant, said = answers.unscaled(y), answers.unscaled(given)
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

    probabilities, said, every = answers.probabilities(given), answers.chosen(given), range(len(answers.labels))
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
