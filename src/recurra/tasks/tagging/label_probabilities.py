"""How sure a tagger is: the probability of each label that is shown, and of each span.

Several labels that are learnt may be shown alike: B-LOC of IOB2 is learnt as B-LOC or S-LOC. The probability of a label
is the sum over all that would be written so where it stands.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from recurra.data.sentences import schemes
from recurra.nn import CRF
from recurra.tasks.tagging.label_scheme import LabelColumn

Segment = tuple[int, int, int, list[int]]  # sentence, first word, the word after the last, their labels by number


class Scores(NamedTuple):
    """What a network says of one column for some sentences.

    crf: the column's; another module where each word is labelled for itself. scores: of each label at each word,
    (B, T, K). lengths: words, (B,).
    """

    crf: Any
    scores: Tensor
    lengths: Tensor


def decode(output: Scores) -> list[list[int]]:
    """The likeliest labels of each sentence, by number."""
    if isinstance(output.crf, CRF):
        return output.crf.decode(output.scores, output.lengths)
    best = output.scores.argmax(-1).tolist()
    return [labels[:length] for labels, length in zip(best, output.lengths.tolist(), strict=True)]


def describe(column: LabelColumn, output: Scores) -> list[dict[str, Any]]:
    """Label the words of some sentences, and say how sure that is.

    Returns:
        For each sentence "labels", as the data write them, and their "probabilities"; where they are of spans also
        "spans": "type", "start", "end" and "probability".
    """
    numbers = decode(output)
    probabilities = _label_probabilities(column, output, numbers)
    results: list[dict[str, Any]] = []
    for row, of_labels in zip(numbers, probabilities, strict=True):
        labels = column.decode([column.labels[number] for number in row])
        results.append({"labels": labels, "probabilities": of_labels})
    if column.spans:
        for described, spans in zip(results, _spans(column, output, numbers), strict=True):
            described["spans"] = spans
    return results


def _spans(column: LabelColumn, output: Scores, numbers: Sequence[list[int]]) -> list[list[dict[str, Any]]]:
    """The spans of each sentence, with probabilities."""
    results: list[list[dict[str, Any]]] = []
    segments: list[Segment] = []
    for b, row in enumerate(numbers):
        spans = schemes.spans([column.labels[number] for number in row])
        results.append([{"type": kind, "start": start, "end": end} for kind, start, end in spans])
        segments += [(b, start, end, row[start:end]) for _, start, end in spans]
    flat = [span for of_sentence in results for span in of_sentence]
    for span, probability in zip(flat, _segment_probabilities(output, segments), strict=True):
        span["probability"] = probability
    return results


# --- labels -----------------------------------------------------------------------------------------------------------


def _label_probabilities(column: LabelColumn, output: Scores, numbers: Sequence[list[int]]) -> list[list[float]]:
    """The probability of each label as it is shown."""
    written = [column.as_written(label) for label in column.labels]
    groups = {text: group for group, text in enumerate(dict.fromkeys(written))}
    group_of_label = torch.tensor([groups[text] for text in written], device=output.scores.device)  # (K,)
    of_labels = _marginals(output).double()  # (B, T, K)
    of_groups = of_labels.new_zeros(*of_labels.shape[:-1], len(groups)).index_add_(-1, group_of_label, of_labels)
    sums = of_groups.clamp(0.0, 1.0).tolist()  # (B, T, G)
    repeated = _repeated_types(column, output, numbers) if column.scheme == "IOB1" else {}
    results = []
    for b, row in enumerate(numbers):
        results.append(list[float]())
        for t, label in enumerate(column.to_data_scheme([column.labels[number] for number in row])):
            group = groups.get(
                column.as_written(label)
            )  # none of a label that was never learnt, where words stand alone
            probability = 0.0 if group is None else sums[b][t][group]
            if (b, t) in repeated:
                is_begin = label.startswith("B")
                probability = repeated[b, t] if is_begin else max(0.0, probability - repeated[b, t])
            results[b].append(probability)
    return results


def _repeated_types(column: LabelColumn, output: Scores, numbers: Sequence[list[int]]) -> dict[tuple[int, int], float]:
    """The probability that a span begins right after one of its type, which IOB1 writes with another letter.

    Returns:
        By sentence and word, for the words that have a label of a span.
    """
    segments: list[Segment] = []
    for b, row in enumerate(numbers):
        for t, number in enumerate(row):
            kind = column.labels[number][2:]
            for last in column.numbers(["E", "S"], kind) if t and kind else ():
                segments += [(b, t - 1, t + 1, [last, first]) for first in column.numbers(["B", "S"], kind)]
    results: dict[tuple[int, int], float] = {}
    for (b, _, end, _), probability in zip(segments, _segment_probabilities(output, segments), strict=True):
        results[b, end - 1] = results.get((b, end - 1), 0.0) + probability
    return results


def _marginals(output: Scores) -> Tensor:
    """The probability of each label that is learnt at each word, (B, T, K)."""
    if isinstance(output.crf, CRF):
        return output.crf.marginals(output.scores, output.lengths)
    return output.scores.softmax(-1)


def _segment_probabilities(output: Scores, segments: Sequence[Segment]) -> list[float]:
    """The probability of exactly these labels of some neighbouring words, whatever stands around them."""
    if isinstance(output.crf, CRF):
        return output.crf.span_log_probs(output.scores, segments, output.lengths).exp().tolist()
    of_words = output.scores.double().softmax(-1)  # (B, T, K)
    return [float(of_words[b, range(start, end), labels].prod()) for b, start, end, labels in segments]
