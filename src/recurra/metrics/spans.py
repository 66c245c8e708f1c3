"""How good labels of words are: spans as the conlleval script counts them, single labels by scikit-learn."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from recurra.data.sentences import schemes
from recurra.data.sentences.sentences import Sentences
from recurra.metrics import confusion

Labels = Sequence[Sequence[str]]


def score(gold: Labels, predicted: Labels, scheme: str) -> dict[str, Any]:
    """Score labels.

    Args:
        gold, predicted: of each sentence; of spans in the standard form.
        scheme: see `recurra.data.sentences.schemes`.

    Returns:
        "accuracy" of words. With spans also "precision", "recall" and "f1" of whole spans of the right type
        (Tjong Kim Sang's conlleval), all from 0 to 1, the same for each type in "types", and "spans", how many there
        are. With plain labels "f1_macro", the mean of the labels' F1, and that of each. And "confusion" with its
        "classes": of labels, or of the types of spans that overlap, "O" where there is none.
    """
    pairs = [pair for one, other in zip(gold, predicted, strict=True) for pair in zip(one, other, strict=True)]
    flat, said = [right for right, _ in pairs], [guess for _, guess in pairs]
    accuracy = sum(a == b for a, b in pairs) / max(1, len(pairs))
    return {"accuracy": accuracy} | (_of_labels(flat, said) if scheme == "plain" else _of_spans(gold, predicted))


def _of_labels(gold: list[str], said: list[str]) -> dict[str, Any]:
    from sklearn import metrics

    labels = sorted({*gold, *said})
    each = metrics.f1_score(gold, said, labels=labels, average=None, zero_division=0.0)
    return {
        "f1_macro": float(each.mean()),
        **{f"f1_{label}": float(f1) for label, f1 in zip(labels, each, strict=True)},
        "classes": labels,
        "confusion": confusion.count(gold, said, labels),
    }


def _of_spans(gold: Labels, predicted: Labels) -> dict[str, Any]:
    right, there, said = Counter[str](), Counter[str](), Counter[str]()
    for labels, guess in zip(gold, predicted, strict=True):
        own, found = schemes.spans(labels), schemes.spans(guess)
        there.update(kind for kind, _, _ in own)
        said.update(kind for kind, _, _ in found)
        right.update(kind for kind, _, _ in {*own} & {*found})
    kinds = sorted(there | said)
    classes, table = confused_types(gold, predicted, kinds)
    return {
        **_ratios(right.total(), there.total(), said.total()),
        "spans": there.total(),
        "types": {kind: _ratios(right[kind], there[kind], said[kind]) | {"spans": there[kind]} for kind in kinds},
        "classes": classes,
        "confusion": table,
    }


def _ratios(right: int, there: int, said: int) -> dict[str, float]:
    precision, recall = right / said if said else 0.0, right / there if there else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"precision": precision, "recall": recall, "f1": f1}


def confused_types(gold: Labels, predicted: Labels, kinds: Sequence[str]) -> tuple[list[str], list[list[int]]]:
    """Count which type was taken for which: each span goes with the one that shares most words with it.

    Returns:
        The types, "O" last, for spans that nothing overlaps; and the counts, what is right down, what was said across.
    """
    classes = [*kinds, "O"]
    counts: Counter[tuple[str, str]] = Counter()
    for labels, guess in zip(gold, predicted, strict=True):
        own, found = schemes.spans(labels), schemes.spans(guess)
        counts.update((span[0], _partner(span, found)) for span in own)
        counts.update(("O", span[0]) for span in found if _partner(span, own) == "O")
    return classes, [[counts[right, said] for said in classes] for right in classes]


def _partner(span: schemes.Span, others: Sequence[schemes.Span]) -> str:
    """The type of the span that shares most words with this one."""
    shared = [(min(span[2], other[2]) - max(span[1], other[1]), other[0]) for other in others]
    words, kind = max(shared, default=(0, "O"), key=lambda pair: pair[0])
    return kind if words > 0 else "O"


def errors(sentences: Sentences, gold: Labels, predicted: Labels, scheme: str) -> list[dict[str, Any]]:
    """List what is wrong.

    Args:
        sentences: whose words these are.
        gold, predicted: labels of each sentence, in the standard form of `recurra.data.sentences.schemes`.
        scheme: of both.

    Returns:
        For each error where it stands ("sentence", "start", "end", "text"), what is "right" and what was "said", None
        where there is no span at all, and its "kind": "label" of plain labels; of spans "type" (right bounds), "bounds"
        (right type), "both", "missed" or "invented".
    """
    found: list[dict[str, Any]] = []
    for i, (words, right, said) in enumerate(zip(sentences.words, gold, predicted, strict=True)):
        each = _wrong_labels(right, said) if scheme == "plain" else _wrong_spans(right, said)
        for kind, start, end, one, other in each:
            text = " ".join(words[start:end])
            place = {"sentence": sentences.name(i), "start": start, "end": end, "text": text}
            found.append(place | {"kind": kind, "right": one, "said": other})
    return found


Error = tuple[str, int, int, str | None, str | None]


def _wrong_labels(right: Sequence[str], said: Sequence[str]) -> list[Error]:
    return [("label", t, t + 1, a, b) for t, (a, b) in enumerate(zip(right, said, strict=True)) if a != b]


def _wrong_spans(right: Sequence[str], said: Sequence[str]) -> list[Error]:
    own, found = schemes.spans(right), schemes.spans(said)
    wrong: list[Error] = []
    for kind, start, end in own:
        if (kind, start, end) in found:
            continue
        other = _partner((kind, start, end), found)
        same_bounds = any(span[1:] == (start, end) for span in found)
        what = "missed" if other == "O" else "type" if same_bounds else "bounds" if other == kind else "both"
        wrong.append((what, start, end, kind, None if other == "O" else other))
    wrong += [("invented", s, e, None, kind) for kind, s, e in found if _partner((kind, s, e), own) == "O"]
    return sorted(wrong, key=lambda error: error[1])
