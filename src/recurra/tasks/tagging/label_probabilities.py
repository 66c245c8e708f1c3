"""How sure a tagger is: the probability of each label that is shown, and of each span.

Several labels that are learnt may be shown alike: B-LOC of IOB2 is learnt as B-LOC or S-LOC. The probability of a label
is the sum over all that would be written so where it stands.
"""

from collections.abc import Iterable, Sequence
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


def describe(column: LabelColumn, output: Scores, top_labels: int = 0) -> list[dict[str, Any]]:
    """Label the words of some sentences, and say how sure that is.

    Args:
        column: whose labels are given.
        output: what the network says of it.
        top_labels: how many labels to give of each word with their probabilities.

    Returns:
        For each sentence "labels", as the data write them, and their "probabilities"; where they are of spans also
        "spans": "type", "start", "end" and "probability"; where asked for also "top_labels": for each word the
        likeliest, "label" and "probability".
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
    if top_labels:
        for described, of_words in zip(results, _top_labels(column, output, top_labels), strict=True):
            described["top_labels"] = of_words
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
    groups, of_groups = _written(column, output)
    sums = of_groups.tolist()  # (B, T, G)
    repeated = _shown_repeated(column, output, numbers) if column.scheme == "IOB1" else {}
    results = []
    for b, row in enumerate(numbers):
        results.append(list[float]())
        for t, label in enumerate(column.to_data_scheme([column.labels[number] for number in row])):
            group = groups.get(
                column.as_written(label)
            )  # none of a label that was never learnt, where words stand alone
            probability = 0.0 if group is None else sums[b][t][group]
            of_repeated = repeated.get((b, t, label[2:]))
            if of_repeated is not None:
                probability = of_repeated if label.startswith("B") else max(0.0, probability - of_repeated)
            results[b].append(probability)
    return results


def _top_labels(column: LabelColumn, output: Scores, count: int) -> list[list[list[dict[str, Any]]]]:
    """Of each word the likeliest labels as they are written, the likeliest first."""
    groups, sums = _written(column, output)  # (B, T, G)
    if column.scheme == "IOB1":
        groups, sums = _with_repeated(column, output, groups, sums)
    names = [column.notation.write_label(text) if column.spans else text for text in groups]
    best, order = (of_words.tolist() for of_words in sums.topk(min(count, len(names))))  # (B, T, n)
    results = []
    for b, length in enumerate(output.lengths.tolist()):
        words = zip(best[b][:length], order[b][:length], strict=True)
        results.append([_named(names, *of_word) for of_word in words])
    return results


def _named(names: Sequence[str], probabilities: list[float], numbers: list[int]) -> list[dict[str, Any]]:
    pairs = zip(numbers, probabilities, strict=True)
    return [{"label": names[number], "probability": probability} for number, probability in pairs]


def _written(column: LabelColumn, output: Scores) -> tuple[dict[str, int], Tensor]:
    """Labels as they are written, by number, G of them, and the probability of each at each word, (B, T, G).

    Of IOB1 B- is not among them: it is written I- where it does not follow on a span of its type.
    """
    written = [column.as_written(label) for label in column.labels]
    groups = {text: group for group, text in enumerate(dict.fromkeys(written))}
    group_of_label = torch.tensor([groups[text] for text in written], device=output.scores.device)  # (K,)
    of_labels = _marginals(output).double()  # (B, T, K)
    of_groups = of_labels.new_zeros(*of_labels.shape[:-1], len(groups)).index_add_(-1, group_of_label, of_labels)
    return groups, of_groups.clamp(0.0, 1.0)


Position = tuple[int, int, str]  # sentence, word, type of spans


def _shown_repeated(column: LabelColumn, output: Scores, numbers: Sequence[list[int]]) -> dict[Position, float]:
    """Of the words that have a label of a span, the probability that one begins right after another of its type."""
    kinds = [(b, t, column.labels[number][2:]) for b, row in enumerate(numbers) for t, number in enumerate(row)]
    return _repeated_types(column, output, [position for position in kinds if position[1] and position[2]])


def _with_repeated(
    column: LabelColumn, output: Scores, groups: dict[str, int], sums: Tensor
) -> tuple[dict[str, int], Tensor]:
    """Take out of the probability of I- what IOB1 writes B-, for all types; as `_written` gives them."""
    kinds = column.types()
    lengths = enumerate(output.lengths.tolist())
    positions = [(b, t, kind) for b, length in lengths for t in range(1, length) for kind in kinds]
    repeated = _repeated_types(column, output, positions)
    begins = sums.new_zeros(*sums.shape[:2], len(kinds))
    for (b, t, kind), probability in repeated.items():
        begins[b, t, kinds.index(kind)] = probability
    others = sums.index_add(-1, torch.tensor([groups[f"I-{kind}"] for kind in kinds], device=sums.device), -begins)
    names = [*groups, *(f"B-{kind}" for kind in kinds)]
    return {name: number for number, name in enumerate(names)}, torch.cat([others.clamp(min=0.0), begins], -1)


def _repeated_types(column: LabelColumn, output: Scores, positions: Iterable[Position]) -> dict[Position, float]:
    """The probability that a span begins right after one of its type, which IOB1 writes with another letter."""
    segments: list[Segment] = []
    results: dict[Position, float] = {}
    for b, t, kind in positions:
        results[b, t, kind] = 0.0
        for last in column.numbers(["E", "S"], kind):
            segments += [(b, t - 1, t + 1, [last, first]) for first in column.numbers(["B", "S"], kind)]
    for (b, _, end, labels), probability in zip(segments, _segment_probabilities(output, segments), strict=True):
        results[b, end - 1, column.labels[labels[-1]][2:]] += probability
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
