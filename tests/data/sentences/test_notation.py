"""How labels of spans are written: recognised by what most of them are, read into one form, and written back."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurra.data.sentences import schemes
from recurra.data.sentences.notation import BARE_TYPE, Notation

WRITTEN = {
    "IOB1": "I-PER I-PER I-PER O I-LOC B-LOC I-LOC O",
    "IOB2": "B-PER I-PER I-PER O B-LOC B-LOC I-LOC O",
    "BIOES": "B-PER I-PER E-PER O S-LOC B-LOC E-LOC O",
    "BILOU": "B-PER I-PER L-PER O U-LOC B-LOC L-LOC O",
    "BMES": "B-PER M-PER E-PER O S-LOC B-LOC E-LOC O",
}
SPANS = [("PER", 0, 3), ("LOC", 4, 5), ("LOC", 5, 7)]


def in_form(labels, form, separator):
    """Labels such as B-PER in another form."""
    if form == "bare":
        return [label[0] for label in labels]
    turned = {"prefix": "{0}{2}{1}", "suffix": "{1}{2}{0}"}[form]
    return [label if label == "O" else turned.format(label[0], label[2:], separator) for label in labels]


@pytest.mark.parametrize("scheme", WRITTEN)
@pytest.mark.parametrize(
    ("form", "separator"), [("prefix", "-"), ("prefix", "_"), ("prefix", ":"), ("suffix", "-"), ("suffix", "_")]
)
def test_every_scheme_is_recognised_in_every_form(scheme, form, separator):
    labels = in_form(WRITTEN[scheme].split(), form, separator)
    notation = Notation.detect([["O", "O"], labels, []])
    assert (notation.scheme, notation.form, notation.separator, notation.outside) == (scheme, form, separator, "O")
    assert schemes.spans(notation.normalise(labels)) == SPANS
    assert notation.write(notation.normalise(labels)) == labels
    assert not notation.departures([labels])


@pytest.mark.parametrize("scheme", WRITTEN)
def test_letters_without_types(scheme):
    labels = in_form([label.replace("LOC", "PER") for label in WRITTEN[scheme].split()], "bare", "")
    notation = Notation.detect([labels])
    assert (notation.scheme, notation.form) == (scheme, "bare")
    assert schemes.spans(notation.normalise(labels)) == [(BARE_TYPE, 0, 3), (BARE_TYPE, 4, 5), (BARE_TYPE, 5, 7)]
    assert notation.write(notation.normalise(labels)) == labels


def test_words_of_chinese_have_nothing_outside():
    labels = ["B", "E", "S", "B", "M", "M", "E", "S"]
    notation = Notation.detect([labels])
    assert (notation.scheme, notation.form) == ("BMES", "bare")
    assert notation.write(notation.normalise(labels)) == labels


@pytest.mark.parametrize("outside", ["_", "0", "OUT", "-"])
def test_what_is_outside_may_have_another_name(outside):
    labels = ["B-PER", "I-PER", outside, outside, outside]
    notation = Notation.detect([labels])
    assert (notation.scheme, notation.outside) == ("IOB2", outside)
    assert schemes.spans(notation.normalise(labels)) == [("PER", 0, 2)]
    assert notation.write(notation.normalise(labels)) == labels


@pytest.mark.parametrize(
    ("labels", "scheme"),
    [
        ("I-X I-X O B-X", "IOB2"),  # one of each: B- apart is none of IOB1, I- apart none of IOB2
        ("B-X I-Y", "IOB2"),
        ("I-X B-X O", "IOB1"),
        ("I-X I-Y", "IOB1"),
        ("U-X O", "BILOU"),
        ("S-X O", "BIOES"),
        ("B-X E-X", "BIOES"),
    ],
)
def test_the_scheme_is_told_from_how_spans_begin_and_end(labels, scheme):
    assert Notation.detect([labels.split()]).scheme == scheme
    assert Notation.detect([["O"], labels.split(), []]).scheme == scheme


@pytest.mark.parametrize(
    "labels",
    [
        ["NOUN", "VERB"],
        ["O", "O"],
        ["B-NP", "NOUN"],
        ["B-", "O"],
        ["X-NP", "O"],
        [],
        ["A", "B", "C"],
        ["S", "V", "O"],
        ["N-S", "V-S", "V-L"],
        ["B"],
        ["NN", "PRP$", "-LRB-", "WP$", ".", ":"],
    ],
    ids=" ".join,
)
def test_other_labels_are_plain(labels):
    assert Notation.detect([labels]) == Notation()


GOOD = ["B-X", "I-X", "O"]


@pytest.mark.parametrize("odd", ["0", "o", "", "PER", "B-", "B", "X-PER", "_"])
def test_one_odd_label_does_not_decide_for_all(odd):
    sentences = [GOOD] * 50 + [["O", odd]]
    notation = Notation.detect(sentences)
    assert notation.scheme == "IOB2"
    (departure,) = notation.departures(sentences)
    assert departure == (50, 1, odd, "O")


@pytest.mark.parametrize(("odd", "read"), [("B_X", "B-X"), ("X-B", "B-X"), ("S-X", "B-X"), ("U_X", "B-X")])
def test_an_odd_label_of_a_span_is_read_as_one(odd, read):
    sentences = [GOOD] * 50 + [["O", odd]]
    notation = Notation.detect(sentences)
    assert notation.scheme == "IOB2"
    assert notation.departures(sentences) == [(50, 1, odd, read)]


@pytest.mark.parametrize("scheme", WRITTEN)
@pytest.mark.parametrize("other", WRITTEN)
def test_the_scheme_is_that_of_most_spans(scheme, other):
    sentences = [WRITTEN[scheme].split()] * 100 + [WRITTEN[other].split()]
    notation = Notation.detect(sentences)
    assert notation.scheme == scheme
    apart = [departure.word for departure in notation.departures(sentences)]
    assert apart == [i for i, pair in enumerate(zip(sentences[0], sentences[-1], strict=True)) if pair[0] != pair[1]]


def test_one_beginning_among_thousands_is_no_other_scheme():
    sentences = [["I-X", "I-X", "O"]] * 3656 + [["O", "B-X"]]
    notation = Notation.detect(sentences)
    assert notation.scheme == "IOB1"
    assert notation.departures(sentences) == [(3656, 1, "B-X", "I-X")]


spans_of_a_sentence = st.lists(st.tuples(st.sampled_from(["A", "B"]), st.integers(0, 2), st.integers(1, 4)), max_size=6)


@given(spans_of_a_sentence, st.sampled_from(schemes.SCHEMES[1:]), st.sampled_from(["prefix", "suffix"]), st.data())
def test_any_spans_go_through_every_notation(gaps, scheme, form, data):
    spans, position = [], 0
    for kind, gap, length in gaps:
        spans.append((kind, position + gap, position + gap + length))
        position += gap + length
    notation = Notation(scheme, form, data.draw(st.sampled_from("-_:/.|")), data.draw(st.sampled_from(["O", "_", "0"])))
    labels = notation.write(schemes.spans_to_labels(spans, position + 2, "BIOES"))
    assert schemes.spans(notation.normalise(labels)) == spans
    assert notation.write(notation.normalise(labels)) == labels


@pytest.mark.parametrize("scheme", WRITTEN)
@pytest.mark.parametrize("separator", ["-", "_"])
def test_letters_may_be_small(scheme, separator):
    labels = [label.lower() for label in in_form(WRITTEN[scheme].split(), "prefix", separator)]
    notation = Notation.detect([labels, ["o", "o"]])
    assert (notation.scheme, notation.small, notation.outside) == (scheme, True, "o")
    assert notation.write(notation.normalise(labels)) == labels
    assert schemes.spans(notation.normalise(labels)) == [(kind.lower(), *place) for kind, *place in SPANS]
    assert not notation.departures([labels])
    assert Notation(**asdict(notation)) == notation


def test_small_letters_alone_and_among_capitals():
    labels = ["b", "i", "o", "b", "o"]
    notation = Notation.detect([labels])
    assert (notation.scheme, notation.form, notation.small) == ("IOB2", "bare", True)
    assert notation.write(notation.normalise(labels)) == labels
    mixed = ["B-PER", "I-PER", "O", "b-PER", "i-PER", "B-LOC"]
    notation = Notation.detect([mixed])
    assert not notation.small
    assert [departure.label for departure in notation.departures([mixed])] == ["b-PER", "i-PER"]
    assert schemes.spans(notation.normalise(mixed)) == [("PER", 0, 2), ("PER", 3, 5), ("LOC", 5, 6)]


@pytest.mark.parametrize("labels", ["s-adj m-adj e-verb", "det.m noun.s verb.i", "b.x i.x", "noun verb b", "u l e"])
def test_plain_labels_in_small_letters_stay_plain(labels):
    assert not Notation.detect([labels.split()]).spans


@pytest.mark.parametrize("scheme", WRITTEN)
def test_one_label_is_written_with_the_letters_of_the_scheme(scheme):
    notation = Notation.detect([WRITTEN[scheme].replace("-", "_").split()])
    written = {label: notation.write_label(label) for label in ("O", "B-LOC", "I-LOC", "E-LOC", "S-LOC")}
    others = {"BILOU": {"E": "L", "S": "U"}, "BMES": {"I": "M"}}.get(scheme, {})
    expected = {label: label if label == "O" else f"{others.get(label[0], label[0])}_LOC" for label in written}
    assert written == expected
