"""How spans are written as a label on each word: IOB1, IOB2, BIOES, BILOU, BMES; or labels that are no spans, plain.

    word    IOB1   IOB2   BIOES  BILOU  BMES
    Ann     I-PER  B-PER  B-PER  B-PER  B-PER
    van     I-PER  I-PER  I-PER  I-PER  M-PER
    Lee     I-PER  I-PER  E-PER  L-PER  E-PER
    visits  O      O      O      O      O
    Rome    I-LOC  B-LOC  S-LOC  U-LOC  S-LOC

In IOB1 a span begins with B- only where it follows one of its own type (Ramshaw and Marcus, 1995). BILOU and BMES are
BIOES with other letters. Labels in other forms, such as PER_B: `recurra.data.sentences.notation`.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

SCHEMES = ("plain", "IOB1", "IOB2", "BIOES", "BILOU", "BMES")
Span = tuple[str, int, int]  # type, first word, the word after the last

STANDARD_LETTERS = {"L": "E", "U": "S", "M": "I"}  # the letters of BIOES for those of BILOU and BMES
_OTHER_LETTERS = {"BILOU": {"E": "L", "S": "U"}, "BMES": {"I": "M"}}  # and back
_SPAN_LABEL = re.compile(r"[BIESLUM]-.+", re.DOTALL)


def spans(labels: Sequence[str]) -> list[Span]:
    """Read the spans off labels of any scheme, and off labels that break it, as the conlleval script does.

    Source: Tjong Kim Sang and Buchholz, 2000; for BIOES the rules that seqeval adds.
    """
    complete: list[Span] = []
    start, before = 0, ("O", "")
    for position, now in enumerate([*map(_parse, labels), ("O", "")]):
        if now[0] == "O" and before[0] == "O":
            continue  # outside all spans, as most words are
        if _ends(before, now) and before[0] != "O":
            complete.append((before[1], start, position))
        if _starts(before, now):
            start = position
        before = now
    return complete


def spans_to_labels(spans: Iterable[Span], length: int, scheme: str) -> list[str]:
    """Write spans as labels of so many words; they must not overlap."""
    if scheme in _OTHER_LETTERS:
        return [with_letters(label, scheme) for label in spans_to_labels(spans, length, "BIOES")]
    labels = ["O"] * length
    for kind, start, end in sorted(spans, key=lambda span: span[1]):
        first, last = "B", "I"
        if scheme == "IOB1" and not (start and labels[start - 1] in (f"B-{kind}", f"I-{kind}")):
            first = "I"
        if scheme == "BIOES":
            first, last = ("B", "E") if end - start > 1 else ("S", "S")
        labels[start:end] = [f"I-{kind}"] * (end - start)
        labels[end - 1] = f"{last}-{kind}"
        if end - start > 1 or scheme != "BIOES":
            labels[start] = f"{first}-{kind}"
    return labels


def convert(labels: Sequence[str], scheme: str) -> list[str]:
    """Write the spans of labels in a scheme; plain labels stay."""
    return list(labels) if scheme == "plain" else spans_to_labels(spans(labels), len(labels), scheme)


def with_letters(label: str, scheme: str) -> str:
    """Write a label that has the letters of BIOES with those of a scheme: S-LOC as U-LOC in BILOU."""
    return _OTHER_LETTERS.get(scheme, {}).get(label[0], label[0]) + label[1:]


def allowed_transitions(labels: Sequence[str], scheme: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Say what may come at all, so that every sequence of labels is one of the scheme.

    Args:
        labels: K of them.
        scheme: of `SCHEMES`.

    Returns:
        Bools: (K,) labels that a sentence may start with, (K, K) labels of the column after those of the row, (K,)
        labels that it may end with.
    """
    outside = ("O", "")
    parsed = [_parse(label) if scheme != "plain" else outside for label in labels]
    start = np.asarray([_may_follow(outside, label, scheme) for label in parsed])
    end = np.asarray([_may_follow(label, outside, scheme) for label in parsed])
    follow = np.zeros((len(parsed), len(parsed)), bool)
    for before, row in zip(parsed, follow, strict=True):
        row[:] = [_may_follow(before, after, scheme) for after in parsed]
    return start, follow, end


def _may_follow(before: tuple[str, str], after: tuple[str, str], scheme: str) -> bool:
    same = before[0] != "O" and before[1] == after[1]
    if scheme == "IOB2":
        return after[0] != "I" or same
    if scheme == "IOB1":
        return after[0] != "B" or same
    if scheme in ("BIOES", *_OTHER_LETTERS):
        is_open = before[0] in ("B", "I")
        return (after[0] in ("I", "E") and same) if is_open else after[0] in ("O", "B", "S")
    return True


@lru_cache(maxsize=1 << 14)
def _parse(label: str) -> tuple[str, str]:
    """The prefix and the type of a label."""
    if label == "O" or not _SPAN_LABEL.fullmatch(label):
        return "O", ""
    return STANDARD_LETTERS.get(label[0], label[0]), label[2:]


def _ends(before: tuple[str, str], now: tuple[str, str]) -> bool:
    """Whether a span ends between two words."""
    if before[0] in ("E", "S") or (before[0] in ("B", "I") and now[0] in ("B", "S", "O")):
        return True
    return before[0] != "O" and before[1] != now[1]


def _starts(before: tuple[str, str], now: tuple[str, str]) -> bool:
    """Whether a span begins between two words."""
    if now[0] in ("B", "S") or (before[0] in ("E", "S", "O") and now[0] in ("E", "I")):
        return True
    return now[0] != "O" and before[1] != now[1]
