"""How good labels of words are: spans as the conlleval script counts them, single labels by scikit-learn."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from recurra.data.sentences import schemes
from recurra.data.sentences.sentences import Sentences
from recurra.metrics import confusion

Labels = Sequence[Sequence[str]]
NO_SPAN = "O"


def score(gold: Labels, predicted: Labels, scheme: str) -> dict[str, Any]:
    """Score labels.

    Args:
        gold, predicted: the true and the predicted labels of each sentence; of spans in the standard form.
        scheme: see `recurra.data.sentences.schemes`.

    Returns:
        "accuracy" of words. With spans also "precision", "recall" and "f1" of whole spans of the right type
        (Tjong Kim Sang's conlleval), all from 0 to 1, the same for each type in "types", and "spans", how many there
        are. With plain labels "f1_macro", the mean of the labels' F1, and that of each. And "confusion" with its
        "classes": of labels, or of the types of spans that overlap, "O" where there is none.
    """
    gold_words, predicted_words = _flattened(gold), _flattened(predicted)
    correct = sum(a == b for a, b in zip(gold_words, predicted_words, strict=True))
    accuracy = {"accuracy": correct / max(1, len(gold_words))}
    if scheme == "plain":
        return accuracy | _scores_of_labels(gold_words, predicted_words)
    return accuracy | _scores_of_spans(gold, predicted)


def _flattened(labels: Labels) -> list[str]:
    return [label for sentence in labels for label in sentence]


def _scores_of_labels(gold: list[str], predicted: list[str]) -> dict[str, Any]:
    from sklearn import metrics

    labels = sorted({*gold, *predicted})
    f1 = metrics.f1_score(gold, predicted, labels=labels, average=None, zero_division=0.0)  # (K,)
    return {
        "f1_macro": float(f1.mean()),
        **{f"f1_{label}": float(value) for label, value in zip(labels, f1, strict=True)},
        "classes": labels,
        "confusion": confusion.count(gold, predicted, labels),
    }


def _scores_of_spans(gold: Labels, predicted: Labels) -> dict[str, Any]:
    correct, in_gold, in_predicted = Counter[str](), Counter[str](), Counter[str]()
    for gold_labels, predicted_labels in zip(gold, predicted, strict=True):
        gold_spans, predicted_spans = schemes.spans(gold_labels), schemes.spans(predicted_labels)
        in_gold.update(kind for kind, _, _ in gold_spans)
        in_predicted.update(kind for kind, _, _ in predicted_spans)
        correct.update(kind for kind, _, _ in {*gold_spans} & {*predicted_spans})
    kinds = sorted(in_gold | in_predicted)
    types = {}
    for kind in kinds:
        types[kind] = _ratios(correct[kind], in_gold[kind], in_predicted[kind]) | {"spans": in_gold[kind]}
    classes, table = confused_types(gold, predicted, kinds)
    return {
        **_ratios(correct.total(), in_gold.total(), in_predicted.total()),
        "spans": in_gold.total(),
        "types": types,
        "classes": classes,
        "confusion": table,
    }


def _ratios(correct: int, in_gold: int, in_predicted: int) -> dict[str, float]:
    precision = correct / in_predicted if in_predicted else 0.0
    recall = correct / in_gold if in_gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if correct else 0.0
    return {"precision": precision, "recall": recall, "f1": f1}


def confused_types(gold: Labels, predicted: Labels, kinds: Sequence[str]) -> tuple[list[str], list[list[int]]]:
    """Count which type was taken for which: each span goes with the one that shares most words with it.

    Returns:
        The types, "O" last, for spans that nothing overlaps; and the counts, a row for each true type and a column for
        each predicted one.
    """
    classes = [*kinds, NO_SPAN]
    counts: Counter[tuple[str, str]] = Counter()
    for gold_labels, predicted_labels in zip(gold, predicted, strict=True):
        gold_spans, predicted_spans = schemes.spans(gold_labels), schemes.spans(predicted_labels)
        counts.update((span[0], _partner(span, predicted_spans)) for span in gold_spans)
        invented = [span for span in predicted_spans if _partner(span, gold_spans) == NO_SPAN]
        counts.update((NO_SPAN, span[0]) for span in invented)
    return classes, [[counts[row, column] for column in classes] for row in classes]


def _partner(span: schemes.Span, others: Sequence[schemes.Span]) -> str:
    """The type of the span that shares most words with this one, "O" where none shares any."""
    most, partner = 0, NO_SPAN
    for kind, start, end in others:
        shared = min(span[2], end) - max(span[1], start)
        if shared > most:
            most, partner = shared, kind
    return partner


def errors(sentences: Sentences, gold: Labels, predicted: Labels, scheme: str) -> list[dict[str, Any]]:
    """List what is wrong.

    Args:
        sentences: whose words these are.
        gold, predicted: labels of each sentence, in the standard form of `recurra.data.sentences.schemes`.
        scheme: of both.

    Returns:
        For each error where it stands ("sentence", "start", "end", "text"), what is true ("gold") and what was
        "predicted", None where there is no span at all, and its "kind": "label" of plain labels; of spans "type" (right
        bounds), "bounds" (right type), "both", "missed" or "invented".
    """
    listed: list[dict[str, Any]] = []
    wrong_of = _wrong_labels if scheme == "plain" else _wrong_spans
    for i, words in enumerate(sentences.words):
        for kind, start, end, true, guess in wrong_of(gold[i], predicted[i]):
            text = " ".join(words[start:end])
            location = {"sentence": sentences.name(i), "start": start, "end": end, "text": text}
            listed.append(location | {"kind": kind, "gold": true, "predicted": guess})
    return listed


Error = tuple[str, int, int, str | None, str | None]
"""Its kind, the words where it begins and ends (exclusive), what is true and what was predicted."""


def _wrong_labels(gold: Sequence[str], predicted: Sequence[str]) -> list[Error]:
    pairs = enumerate(zip(gold, predicted, strict=True))
    return [("label", t, t + 1, true, guess) for t, (true, guess) in pairs if true != guess]


def _wrong_spans(gold: Sequence[str], predicted: Sequence[str]) -> list[Error]:
    gold_spans, predicted_spans = schemes.spans(gold), schemes.spans(predicted)
    wrong: list[Error] = []
    for span in gold_spans:
        if span not in predicted_spans:
            wrong.append(_explained(span, predicted_spans))
    for kind, start, end in predicted_spans:
        if _partner((kind, start, end), gold_spans) == NO_SPAN:
            wrong.append(("invented", start, end, None, kind))
    return sorted(wrong, key=lambda error: error[1])


def _explained(span: schemes.Span, predicted: Sequence[schemes.Span]) -> Error:
    """What was predicted in the place of a true span."""
    kind, start, end = span
    partner = _partner(span, predicted)
    if partner == NO_SPAN:
        return "missed", start, end, kind, None
    if any(other[1:] == (start, end) for other in predicted):
        return "type", start, end, kind, partner
    return "bounds" if partner == kind else "both", start, end, kind, partner
