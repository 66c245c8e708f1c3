import numpy as np
import pandas as pd
import polars as pl
import pytest

from recurra import DataError
from recurra.data import tagged
from recurra.data.sentences import given

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
    sentences = given(convert(WORDS), convert(LABELS))
    assert sentences.words == WORDS
    assert sentences.labels == {"label": LABELS}


def test_columns_of_labels_in_a_dictionary_or_a_frame():
    labels = {"pos": LABELS, "chunk": LABELS}
    for y in (labels, pd.DataFrame(labels, index=[1, 0]), pl.DataFrame(labels)):
        assert given(WORDS, y).labels == labels
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
        given(words, LABELS)
