"""What of sentences units are compared with."""

from recurra.explain.activations.jobs.tagger import subject_of

SENTENCES = [["Anna", "sees", "Rome"], ["Bob", "likes", "Paris", "now"]]
LABELS = [["B-PER", "O", "B-LOC"], ["B-PER", "O", "B-LOC", "O"]]


def test_labels_spans_and_capitals(tagger):
    subject = subject_of(tagger, (SENTENCES, LABELS), None, 6000)
    assert subject.symbols == SENTENCES
    assert [part.tolist() for part in subject.properties["label S-PER"]] == [[1, 0, 0], [1, 0, 0, 0]]
    assert subject.properties["label: inside a span"][0].tolist() == [True, False, True]
    assert subject.properties["capital letter"][1].tolist() == [True, False, True, False]
    assert subject.properties["place in the sentence"][1].tolist() == [0, 1, 2, 3]


def test_so_many_words_are_read(tagger):
    assert subject_of(tagger, (SENTENCES * 10, LABELS * 10), None, 8).symbols == SENTENCES
