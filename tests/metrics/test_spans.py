import numpy as np
import pytest

from recurra.data.sentences import sentences
from recurra.metrics import spans as span_scores


def conlleval(gold, predicted):
    """What conlleval.pl counts: its loop over words, its two rules, for labels of B, I and O."""
    right = there = said = 0
    inside = False
    before = [("O", "")] * 2
    words = [
        (a, b)
        for one, other in zip(gold, predicted, strict=True)
        for a, b in [*zip(one, other, strict=True), ("O", "O")]
    ]
    for pair in words:
        now = [(label[0], label[2:]) for label in pair]
        ends, starts = [], []
        for (was, was_kind), (tag, kind) in zip(before, now, strict=True):
            changed = was_kind != kind
            ends.append((was, tag) in (("B", "B"), ("B", "O"), ("I", "B"), ("I", "O")) or (was != "O" and changed))
            begins = (was, tag) in (("B", "B"), ("I", "B"), ("O", "B"), ("O", "I"))
            starts.append(begins or (tag != "O" and changed))
        if inside and ends[0] and ends[1] and before[0][1] == before[1][1]:
            inside, right = False, right + 1
        elif inside and (ends[0] != ends[1] or now[0][1] != now[1][1]):
            inside = False
        if starts[0] and starts[1] and now[0][1] == now[1][1]:
            inside = True
        there, said = there + starts[0], said + starts[1]
        before = now
    return right, there, said


@pytest.mark.parametrize("seed", range(30))
def test_spans_are_counted_as_by_conlleval(seed):
    random = np.random.default_rng(seed)
    labels = ["O", "B-X", "I-X", "B-Y", "I-Y"]
    gold = [[labels[i] for i in random.integers(0, 5, random.integers(1, 12))] for _ in range(20)]
    said = [
        [b if random.random() < 0.3 else a for a, b in zip(one, random.choice(labels, len(one)), strict=True)]
        for one in gold
    ]
    scores = span_scores.score(gold, said, "IOB2")
    right, there, found = conlleval(gold, said)
    assert scores["spans"] == there
    assert scores["precision"] == pytest.approx(right / found)
    assert scores["recall"] == pytest.approx(right / there)
    assert scores["f1"] == pytest.approx(2 * right / (found + there))
    words = [a == b for one, other in zip(gold, said, strict=True) for a, b in zip(one, other, strict=True)]
    assert scores["accuracy"] == pytest.approx(np.mean(words))
    assert sum(own["spans"] for own in scores["types"].values()) == there


GOLD = [["B-PER", "I-PER", "O", "B-LOC", "O", "B-ORG"], ["B-LOC", "I-LOC", "O"]]
SAID = [["B-PER", "I-PER", "B-ORG", "B-ORG", "O", "O"], ["B-LOC", "O", "O"]]


def test_scores_by_type_and_what_was_taken_for_what():
    scores = span_scores.score(GOLD, SAID, "IOB2")
    assert (scores["precision"], scores["recall"]) == (0.25, 0.25)
    assert scores["types"]["PER"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "spans": 1}
    assert scores["types"]["LOC"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "spans": 2}
    assert scores["classes"] == ["LOC", "ORG", "PER", "O"]
    assert scores["confusion"] == [[1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 0]]


def test_errors_are_listed():
    words = [["Ann", "Lee", "in", "Rome", "for", "IBM"], ["New", "York", "!"]]
    given = sentences.sentences_of(words, GOLD)
    found = span_scores.errors(given, GOLD, SAID, "IOB2")
    assert [(e["sentence"], e["kind"], e["text"], e["gold"], e["predicted"]) for e in found] == [
        ("sentence 1", "invented", "in", None, "ORG"),
        ("sentence 1", "type", "Rome", "LOC", "ORG"),
        ("sentence 1", "missed", "IBM", "ORG", None),
        ("sentence 2", "bounds", "New York", "LOC", "LOC"),
    ]


def test_plain_labels_are_scored_one_by_one():
    scores = span_scores.score([["A", "B", "A"], ["C"]], [["A", "A", "A"], ["C"]], "plain")
    assert scores["accuracy"] == 0.75
    assert scores["f1_A"] == pytest.approx(0.8)
    assert scores["f1_macro"] == pytest.approx((0.8 + 0 + 1) / 3)
    assert (scores["classes"], scores["confusion"]) == (["A", "B", "C"], [[2, 0, 0], [1, 0, 0], [0, 0, 1]])
    gold = [["A", "B", "A"], ["C"]]
    given = sentences.sentences_of([["a", "b", "c"], ["d"]], gold)
    (error,) = span_scores.errors(given, gold, [["A", "A", "A"], ["C"]], "plain")
    assert (error["kind"], error["text"], error["gold"], error["predicted"]) == ("label", "b", "B", "A")


def test_where_nothing_is_found_nothing_is_divided_by_zero():
    scores = span_scores.score([["O", "O"]], [["O", "O"]], "IOB2")
    assert (scores["accuracy"], scores["precision"], scores["recall"], scores["f1"]) == (1.0, 0.0, 0.0, 0.0)


def test_a_single_label_is_scored_too():
    assert span_scores.score([["A", "A"]], [["A", "A"]], "plain")["confusion"] == [[2]]
