import pytest

from recurra import DataError
from recurra.data.lexicon import Lexicon
from recurra.data.sentences import given
from recurra.tasks import tagging_data
from recurra.tasks.label_column import LabelColumn


def test_what_a_terminal_would_obey_is_shown():
    sentences = given([["a\x1b[31m", "b"]], [["X", "Y"]])
    columns = {"label": LabelColumn.learn(sentences.labels["label"])}
    assert tagging_data.notes(sentences, None, columns) == [
        r"words: (a\x1b[31m, b); labels: (X, Y), 2 labels, 1 sentence"
    ]


def test_sentences_are_numbers_and_a_label_never_learnt_is_told():
    sentences = given(
        [["a", "b", "a"], ["b"]], {"pos": [["X", "Y", "X"], ["Y"]], "chunk": [["B-Z", "I-Z", "O"], ["O"]]}
    )
    columns = {name: LabelColumn.learn(labels) for name, labels in sentences.labels.items()}
    encoded = tagging_data.encode(sentences, Lexicon.learn(sentences.words), columns)
    assert [row.tolist() for row in encoded.tokens] == [[0, 1, 0], [1]]
    names = [columns[name].labels for name in ("pos", "chunk")]
    shown = [[names[column][row[column]] for row in encoded.labels[0]] for column in range(2)]
    assert shown == [["X", "Y", "X"], ["B-Z", "E-Z", "O"]]
    bare = given([["a", "b", "a"]], {"pos": [["X", "X", "X"]], "chunk": [["B", "I", "O"]]})
    with pytest.raises(DataError, match="sentence 1, word 1: expected labels that chunk has learnt, got 'B'"):
        tagging_data.encode(bare, Lexicon(), columns)
    with pytest.raises(DataError, match="sentence 1, word 1: expected labels that pos has learnt, got 'W'"):
        tagging_data.encode(given([["a"]], {"pos": [["W"]], "chunk": [["O"]]}), Lexicon(), columns)
