import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurra.data.sentences import schemes

SENTENCE = [("PER", 0, 2), ("LOC", 3, 4), ("LOC", 4, 6)]
WRITTEN = {
    "IOB1": "I-PER I-PER O I-LOC B-LOC I-LOC O",
    "IOB2": "B-PER I-PER O B-LOC B-LOC I-LOC O",
    "BIOES": "B-PER E-PER O S-LOC B-LOC E-LOC O",
    "BILOU": "B-PER L-PER O U-LOC B-LOC L-LOC O",
    "BMES": "B-PER E-PER O S-LOC B-LOC E-LOC O",
}


@pytest.mark.parametrize("scheme", WRITTEN)
def test_spans_are_written_and_read(scheme):
    labels = WRITTEN[scheme].split()
    assert schemes.spans_to_labels(SENTENCE, 7, scheme) == labels
    assert schemes.spans(labels) == SENTENCE
    for other in WRITTEN:
        assert schemes.convert(labels, other) == WRITTEN[other].split()


def test_long_spans_have_their_own_letters_inside():
    assert schemes.spans_to_labels([("PER", 0, 3)], 3, "BMES") == ["B-PER", "M-PER", "E-PER"]
    assert schemes.convert(["B-PER", "M-PER", "M-PER", "E-PER"], "BIOES") == ["B-PER", "I-PER", "I-PER", "E-PER"]


def test_plain_labels_stay():
    assert schemes.convert(["B-NP", "NOUN"], "plain") == ["B-NP", "NOUN"]


spans_of_a_sentence = st.lists(st.tuples(st.sampled_from(["A", "B"]), st.integers(0, 2), st.integers(1, 3)), max_size=6)


@given(spans_of_a_sentence, st.integers(0, 3))
def test_any_spans_go_through_every_scheme(gaps, rest):
    spans, position = [], 0
    for kind, gap, length in gaps:
        spans.append((kind, position + gap, position + gap + length))
        position += gap + length
    for scheme in WRITTEN:
        labels = schemes.spans_to_labels(spans, position + rest, scheme)
        assert schemes.spans(labels) == spans
        start, follow, end = schemes.allowed_transitions(sorted(set(labels)), scheme)
        places = [sorted(set(labels)).index(label) for label in labels]
        if places:
            assert start[places[0]]
            assert end[places[-1]]
            assert all(follow[pair] for pair in itertools.pairwise(places))


@pytest.mark.parametrize("scheme", WRITTEN)
def test_what_is_allowed_is_what_the_scheme_can_write(scheme):
    kinds = {"IOB1": "BI", "IOB2": "BI", "BIOES": "BIES", "BILOU": "BILU", "BMES": "BMES"}[scheme]
    labels = ["O", *(f"{prefix}-{kind}" for prefix in kinds for kind in ("X", "Y"))]
    start, follow, end = schemes.allowed_transitions(labels, scheme)
    for places in itertools.product(range(len(labels)), repeat=3):
        said = [labels[place] for place in places]
        fits = start[places[0]] and end[places[-1]] and all(follow[pair] for pair in itertools.pairwise(places))
        assert fits == (schemes.convert(said, scheme) == said), said


def test_plain_labels_may_come_in_any_order():
    start, follow, end = schemes.allowed_transitions(["B-X", "I-Y", "NOUN"], "plain")
    assert start.all()
    assert follow.all()
    assert end.all()
    assert follow.shape == (3, 3)
