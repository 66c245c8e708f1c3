from recurra.data.sentences.layout import Layout
from recurra.data.sentences.sentences import Sentences, sentences_of
from recurra.tasks.tagging.label_scheme import LabelColumn
from recurra.tasks.tagging.reading import what_is_read


def told(sentences):
    columns = {name: LabelColumn.learn(labels) for name, labels in sentences.labels.items()}
    return what_is_read(sentences, columns)


def test_columns_scheme_and_counts_are_told():
    labels = [["B-PER", "O", "O"], ["O", "B-LOC"]]
    sentences = Sentences([["Schartau", "sagte", "dem"], ["in", "Rom"]] * 600, {"label": labels * 600})
    sentences.layout = Layout("columns", "2", {"label": "3"})
    labels_told = "labels: column 3 (O, B-PER, ...), IOB2, 2 types, 1,200 sentences"
    assert told(sentences) == f"words: column 2 (Schartau, sagte, ...); {labels_told}"


def test_several_columns_and_plain_labels():
    sentences = Sentences([["Rom"]], {"chunk": [["I-NP"]], "pos": [["NN"]]})
    sentences.layout = Layout("conllu", "form", {"chunk": "misc.chunk", "pos": "upos"})
    assert told(sentences) == (
        "words: field form (Rom); labels of chunk: field misc.chunk (I-NP), IOB1, 1 type; "
        "labels of pos: field upos (NN), 1 label, 1 sentence"
    )


def test_what_is_given_in_memory_has_no_columns():
    assert told(sentences_of([["a", "b"]], [["X", "Y"]])) == "words: (a, b); labels: (X, Y), 2 labels, 1 sentence"
    assert told(sentences_of([["a" * 99]], [["X"]])).startswith(f"words: ({'a' * 40}...); labels")
    sentences = sentences_of([["a"]], [["X"]])
    sentences.layout = Layout("json", "words", {"label": "label"})
    assert told(sentences) == "words: (a); labels: (X), 1 label, 1 sentence"
