"""The n likeliest ways to label a sentence as a whole."""

from typing import Any

import torch
from torch import Tensor

from recurra.data.sentences import schemes
from recurra.kernels import crf
from recurra.nn import CRF
from recurra.tasks.tagging.label_probabilities import Scores
from recurra.tasks.tagging.label_scheme import LabelColumn


def best_paths(column: LabelColumn, output: Scores, count: int) -> list[list[dict[str, Any]]]:
    """Find the n likeliest sequences of labels of some sentences.

    Args:
        column: whose labels are given.
        output: what the network says of it.
        count: how many, n.

    Returns:
        For each sentence at most n, the likeliest first: "labels", as the data write them, and "log_probability" of all
        of them together; where they are of spans also "spans": "type", "start" and "end". Without a CRF, where spans
        may be broken, of those that are written alike the likeliest stands for all.
    """
    labels, log_probs = _best(output, count)  # (B, n, T), (B, n)
    results = []
    rows = zip(labels.tolist(), log_probs.tolist(), output.lengths.tolist(), strict=True)
    for of_paths, of_log_probs, length in rows:
        by_labels: dict[tuple[str, ...], dict[str, Any]] = {}
        for numbers, log_prob in zip(of_paths, of_log_probs, strict=True):
            if log_prob > -torch.inf:
                path = _described(column, numbers[:length], log_prob)
                by_labels.setdefault(tuple(path["labels"]), path)
        results.append(list(by_labels.values()))
    return results


def _best(output: Scores, count: int) -> tuple[Tensor, Tensor]:
    """The likeliest sequences by number, (B, n, T), and their log-probabilities, (B, n); -inf where there are fewer."""
    if isinstance(output.crf, CRF):
        return output.crf.best(output.scores, count, output.lengths)
    log_probs = output.scores.log_softmax(-1)  # (B, T, K)
    labels = log_probs.shape[-1]
    free, start, end = log_probs.new_zeros(labels, labels), log_probs.new_zeros(labels), log_probs.new_zeros(labels)
    return crf.viterbi_n_best(log_probs, free, start, end, output.lengths, count)


def _described(column: LabelColumn, numbers: list[int], log_prob: float) -> dict[str, Any]:
    learnt = [column.labels[number] for number in numbers]
    path: dict[str, Any] = {"labels": column.decode(learnt), "log_probability": min(0.0, log_prob)}
    if column.spans:
        path["spans"] = [{"type": kind, "start": start, "end": end} for kind, start, end in schemes.spans(learnt)]
    return path
