"""When a network knew: its answers by how much of a clip it had seen."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from recurra.data.sequences.answers import Answers
from recurra.metrics import answers as answer_scores

SHARES = tuple(tenth / 10 for tenth in range(1, 11))


def by_share(answers: Answers, running: Sequence[np.ndarray], y: np.ndarray) -> list[dict[str, float]]:
    """Score answers by the share of each clip that was seen.

    Args:
        answers: what they can be: classes.
        running: scores of each clip at every step, (T, outputs).
        y: the true classes as numbers, (N,).

    Returns:
        For each of `SHARES`: "seen", "accuracy", "confidence" (the mean probability of the answers) and
        "calibration_error".
    """
    rows = []
    for share in SHARES:
        outputs = np.stack([steps[math.ceil(share * len(steps) - 1e-9) - 1] for steps in running])  # (N, outputs)
        confidence, correct = answer_scores.confidence(answers, outputs, y)
        rows.append(
            {
                "seen": share,
                "accuracy": float(correct.mean()),
                "confidence": float(confidence.mean()),
                "calibration_error": answer_scores.calibration_error(confidence, correct),
            }
        )
    return rows


def knew_at(answers: Answers, running: np.ndarray) -> int:
    """Give the first step from which on the answer of a clip stays the same, from scores (T, outputs)."""
    classes = answers.argmax(running)  # (T,)
    others = np.flatnonzero(classes != classes[-1])
    return int(others[-1]) + 1 if len(others) else 0


def share_to_know(answers: Answers, running: Sequence[np.ndarray], y: np.ndarray) -> float | None:
    """Give the mean share of a clip after which its right answer stayed; of clips that were answered right, if any."""
    shares = [
        (knew_at(answers, steps) + 1) / len(steps)
        for steps, true in zip(running, y, strict=True)
        if answers.argmax(steps[-1:])[0] == true
    ]
    return float(np.mean(shares)) if shares else None


def summary(answers: Answers, running: Sequence[np.ndarray], y: np.ndarray) -> dict[str, Any]:
    """Give `by_share` and `share_to_know` by name; nothing where clips are answered at the end only."""
    if all(len(steps) == 1 for steps in running):
        return {}
    return {"share_to_know": share_to_know(answers, running, y), "by_share": by_share(answers, running, y)}
