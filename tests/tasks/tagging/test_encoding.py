import pytest

from recurra import DataError, Tagger
from recurra.data.sentences.lexicon import Lexicon
from recurra.data.sentences.sentences import sentences_of
from recurra.tasks.tagging import encoding as tagging_data
from recurra.tasks.tagging.label_scheme import LabelColumn


def test_what_a_terminal_would_obey_is_shown():
    sentences = sentences_of([["a\x1b[31m", "b"]], [["X", "Y"]])
    columns = {"label": LabelColumn.learn(sentences.labels["label"])}
    assert tagging_data.warnings(sentences, None, columns) == [
        r"words: (a\x1b[31m, b); labels: (X, Y), 2 labels, 1 sentence"
    ]


def test_sentences_are_numbers_and_a_label_never_learnt_is_told():
    sentences = sentences_of(
        [["a", "b", "a"], ["b"]], {"pos": [["X", "Y", "X"], ["Y"]], "chunk": [["B-Z", "I-Z", "O"], ["O"]]}
    )
    columns = {name: LabelColumn.learn(labels) for name, labels in sentences.labels.items()}
    encoded = tagging_data.encode(sentences, Lexicon.learn(sentences.words), columns)
    assert [row.tolist() for row in encoded.tokens] == [[0, 1, 0], [1]]
    names = [columns[name].labels for name in ("pos", "chunk")]
    shown = [[names[column][row[column]] for row in encoded.labels[0]] for column in range(2)]
    assert shown == [["X", "Y", "X"], ["B-Z", "E-Z", "O"]]
    bare = sentences_of([["a", "b", "a"]], {"pos": [["X", "X", "X"]], "chunk": [["B", "I", "O"]]})
    with pytest.raises(DataError, match="sentence 1, word 1: expected labels that chunk has learnt, got 'B'"):
        tagging_data.encode(bare, Lexicon(), columns)
    with pytest.raises(DataError, match="sentence 1, word 1: expected labels that pos has learnt, got 'W'"):
        tagging_data.encode(sentences_of([["a"]], {"pos": [["W"]], "chunk": [["O"]]}), Lexicon(), columns)


def test_what_stands_apart_is_told_once_though_some_is_held_out(tmp_path):
    path = tmp_path / "iob1.conll"
    path.write_text("Ann I-PER\nwent O\n\nBob B-PER\nsaw O\n\n" * 20 + "Ann I-PER\nBob B-PER\n\n" * 20)
    tagger = Tagger(hidden_size=4, epochs=1, valid_fraction=0.3)
    notes = tagger._prepare(str(path), None, is_new=True).data.warnings
    assert len([note for note in notes if "is not as IOB1 has it" in note]) == 1
    other = tmp_path / "valid.conll"
    other.write_text("Ann I-PER\nwent O\n\nBob B-PER\nsaw O\n\n")
    notes = Tagger(hidden_size=4, epochs=1)._prepare(str(path), str(other), is_new=True).data.warnings
    told = [note.partition(":")[0] for note in notes if "is not as IOB1 has it" in note]
    assert told == [str(path), str(other)]


def test_one_sentence_is_too_few_to_hold_some_out():
    note = "1 sentence is too few to hold some out: training loss chooses the weights"
    for count in (1, 2):
        data = ([["Ann", "went"]] * count, [["N", "V"]] * count)
        warnings = Tagger(hidden_size=4, epochs=1)._prepare(data, None, is_new=True).data.warnings
        assert (note in warnings) == (count == 1)
    tagger = Tagger(hidden_size=4, epochs=1, valid_fraction=0.0)
    assert note not in tagger._prepare(([["Ann"]], [["N"]]), None, is_new=True).data.warnings
