from collections import Counter

import pytest

from recurra import DataError
from recurra.data.text.vocabulary import UNKNOWN, most_frequent, numbered


def test_the_most_frequent_come_first_and_ties_in_their_own_order():
    assert most_frequent(Counter({"d": 1, "b": 3, "c": 3, "a": 1}), 3) == ["b", "c", "a"]
    assert most_frequent(Counter({4: 1, 2: 1, 9: 7}), 10) == [9, 2, 4]


def test_a_vocabulary_of_nothing_is_refused():
    with pytest.raises(DataError, match="vocabulary_size: expected at least 2, got 1"):
        most_frequent(Counter("ab"), 0)


def test_what_is_unknown_has_the_number_0():
    model = numbered(["b", "a"])
    assert [model.token_to_id(symbol) for symbol in (UNKNOWN, "b", "a")] == [0, 1, 2]
