from recurra.data.sentences.notation import Notation
from recurra.data.sentences.sentences import Sentences, sentences_of
from recurra.tasks.tagging import label_departures


def test_odd_labels_are_named_with_their_place():
    labels = [["B-X", "I-X", "O"]] * 50 + [["O", "0"], ["0"]]
    words = [["a"] * len(one) for one in labels]
    sentences = Sentences(
        words, {"label": labels}, [f"ok.conll:{i}" for i in range(52)], [range(4 * i + 1, 4 * i + 4) for i in range(52)]
    )
    notation = Notation.detect(labels)
    assert label_departures.notes(sentences, "label", notation) == [
        "ok.conll:202: label '0' is no span label; 2 of 153 labels; read as 'O'"
    ]
    told = label_departures.notes(sentences_of(words, labels), "label", notation)
    assert told == ["sentence 51, word 2: label '0' is no span label; 2 of 153 labels; read as 'O'"]


def test_labels_that_break_the_scheme_are_one_kind():
    labels = [["I-X", "O"]] * 50 + [["O", "B-X"], ["B-X"]]
    sentences = sentences_of([["a"] * len(one) for one in labels], {"chunk": labels, "pos": labels})
    told = label_departures.notes(sentences, "chunk", Notation.detect(labels))
    assert told == ["sentence 51, word 2: label 'B-X' of chunk is not as IOB1 has it; 2 of 103 labels; read as 'I-X'"]


def test_few_are_named_of_many():
    labels = [["B-X", "O"]] * 50 + [[f"odd{i}" for i in range(9)]]
    sentences = sentences_of([["a"] * len(one) for one in labels], labels)
    told = label_departures.notes(sentences, "label", Notation.detect(labels))
    assert len(told) == 6
    assert told[-1] == "4 more labels are no span labels, such as 'odd5' at sentence 51, word 6"


def test_plain_labels_are_never_odd():
    sentences = sentences_of([["a", "b"]], [["NOUN", "?"]])
    assert label_departures.notes(sentences, "label", Notation()) == []
