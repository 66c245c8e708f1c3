import numpy as np
import pytest

from recurra import DataError
from recurra.data.pairs import sentence_pairs


def test_pairs_in_memory_are_checked():
    assert len(sentence_pairs.pairs_of(["a"], ["b"])) == 1
    with pytest.raises(DataError, match="expected as many targets as sources, 2, got 1"):
        sentence_pairs.pairs_of(["a", "b"], ["c"])
    with pytest.raises(DataError, match="targets: expected a list of texts"):
        sentence_pairs.pairs_of(["a"], "b")


def test_a_missing_text_is_named():
    with pytest.raises(DataError, match="targets: expected texts, got NoneType as number 2"):
        sentence_pairs.pairs_of(["a", "b"], ["c", None])


@pytest.mark.parametrize("texts", [{"a": "b"}, np.array("a b"), {"a", "b"}, 3, b"a", None])
def test_what_is_no_list_of_texts_is_refused(texts):
    with pytest.raises(DataError, match="expected a list"):
        sentence_pairs.texts_of("texts", texts)


def test_pairs_are_joined_and_chosen_with_their_names():
    first = sentence_pairs.Pairs(["a", "b"], ["A", "B"], ["f:1", "f:3"], ["a note"])
    joined = sentence_pairs.join([first, sentence_pairs.pairs_of(["c"], ["C"])])
    assert (joined.sources, joined.targets, joined.notes) == (["a", "b", "c"], ["A", "B", "C"], ["a note"])
    assert [joined.name(i) for i in range(len(joined))] == ["f:1", "f:3", "pair 1"]
    chosen = joined.select([2, 0])
    assert (chosen.sources, chosen.names) == (["c", "a"], ["pair 1", "f:1"])
