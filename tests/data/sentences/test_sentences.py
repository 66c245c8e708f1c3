import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

from recurra import DataError
from recurra.data.sentences import block_stream, sentence_stream, sentences
from recurra.data.sentences.sentences import sentences_of
from recurra.data.sources import tagged

WORDS, LABELS = [["a", "b"], ["c"]], [["X", "Y"], ["X"]]


def _objects(lists):
    array = np.empty(len(lists), object)
    array[:] = [np.array(one) for one in lists]
    return array


@pytest.mark.parametrize(
    "convert",
    [
        list,
        tuple,
        _objects,
        iter,
        lambda lists: pd.Series(lists, index=[1, 0]),
        pl.Series,
        lambda lists: [pd.Series(one, index=range(len(one))[::-1]) for one in lists],
    ],
)
def test_words_and_labels_in_any_container(convert):
    sentences = sentences_of(convert(WORDS), convert(LABELS))
    assert sentences.words == WORDS
    assert sentences.labels == {"label": LABELS}


def test_columns_of_labels_in_a_dictionary_or_a_frame():
    labels = {"pos": LABELS, "chunk": LABELS}
    for y in (labels, pd.DataFrame(labels, index=[1, 0]), pl.DataFrame(labels)):
        assert sentences_of(WORDS, y).labels == labels
        assert tagged.resolve([WORDS, y])["train"].labels == labels


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([["a", None], ["c"]], r"sentences: expected words in sentence 1, got \['a', None\]"),
        ([["a", ["b"]], ["c"]], "sentences: expected words in sentence 1"),
        (["a b", "c"], "sentences: expected lists of words, got a text"),
        ([None, ["c"]], "sentences: expected lists of words, got NoneType"),
    ],
)
def test_what_is_no_word_is_named(words, message):
    with pytest.raises(DataError, match=message):
        sentences_of(words, LABELS)


LONG = {
    "a.conll": "w X\n" * 100_001,
    "a.conllu": "1\tw\tw\tX\t_\t_\t_\t_\t_\t_\n" * 100_001,
    "a.jsonl": json.dumps({"words": ["w"] * 100_001, "labels": ["X"] * 100_001}) + "\n",
}


@pytest.mark.parametrize("name", LONG)
def test_a_sentence_without_end_is_refused_when_it_is_too_long(name, tmp_path):
    (tmp_path / name).write_text(LONG[name])
    message = rf"{name}:1: expected a sentence of at most 100,000 words, got more; an empty line ends a sentence in col"
    with pytest.raises(DataError, match=message):
        tagged.read(tmp_path / name)


@pytest.mark.parametrize(
    "reader",
    [
        sentence_stream.WordReader("here"),
        sentence_stream.TextReader("here", lambda text: [(i, i + 1) for i in range(0, len(text), 2)]),
        block_stream.ColumnReader("here", None, "", {}),
        block_stream.ConlluReader("here", None, "", {}),
    ],
    ids=lambda reader: type(reader).__name__,
)
def test_so_is_one_that_comes_line_by_line(reader):
    are_lines = isinstance(reader, block_stream.BlockReader)
    lines = ["w"] * 100_001 if are_lines else ["w " * 100_001]
    with pytest.raises(DataError, match=r"^here:1: expected a sentence of at most 100,000 words, got more"):
        list(sentence_stream.sentences([(1, lines)], reader))


def test_bytes_are_no_words():
    with pytest.raises(DataError, match=r"sentences: expected words in sentence 1, got \[b'Ann'\]"):
        sentences_of([[b"Ann"]])
    with pytest.raises(DataError, match=r"label: expected labels in sentence 1, got \[b'O'\]"):
        sentences_of([["Ann"]], [[b"O"]])


def test_a_frame_of_one_column_is_that_column():
    words = [["Ann", "slept"], ["Bob"]]
    assert sentences_of(pd.DataFrame({"words": words}, index=[1, 0])).words == words
    with pytest.raises(DataError, match="expected lists of words, got a frame with the columns 'id, words'"):
        sentences_of(pd.DataFrame({"id": [1, 2], "words": words}))


def test_sentences_given_in_memory():
    made = sentences.sentences_of([["He", "reckons"], []], [("A", "B"), ()])
    assert (made.labels, made.name(1), len(made)) == ({"label": [["A", "B"], []]}, "sentence 2", 2)
    assert made.select([1]).name(0) == "sentence 2"
    assert sentences.sentences_of([["a"]], {"pos": [["X"]], "chunk": [["Y"]]}).labels["chunk"] == [["Y"]]
    assert tagged.resolve(made)["train"] is made
    with pytest.raises(DataError, match="sentence 1: expected 2 labels of label, got 1"):
        sentences.sentences_of([["He", "reckons"]], [["A"]])
    with pytest.raises(DataError, match="label: expected labels of 2 sentences, got 1"):
        sentences.sentences_of([["He"], ["is"]], [["A"]])
    assert sentences.sentences_of(iter([["a"]])).words == [["a"]]


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (["He reckons"], [["A", "B"]], "sentences: expected lists of words, got a text"),
        ("He reckons", None, "sentences: expected lists of words, got a text"),
        ([1, 2], None, "sentences: expected lists of words, got int"),
        (3, None, "sentences: expected lists of words, got int"),
        ([["a", "b"]], ["AB"], "label: expected lists of labels, got a text"),
        ([["a", "b"]], {"pos": ["AB"]}, "pos: expected lists of labels, got a text"),
        (
            [["a"], ["b\ud800"]],
            None,
            r"sentence 2: words: expected Unicode characters, got half of .*: '\\ud800'",
        ),
    ],
)
def test_what_is_no_list_of_words_or_labels_is_told(X, y, message):
    with pytest.raises(DataError, match=message):
        sentences.sentences_of(X, y)
