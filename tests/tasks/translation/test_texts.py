from pathlib import Path

import pytest

from recurra import DataError
from recurra.data.pairs.sentence_pairs import Pairs
from recurra.tasks.translation.texts import LONGEST, pairs_of, short_texts


def test_texts_are_listed_and_the_one_that_is_too_long_is_named():
    assert short_texts("texts", "a") == ["a"]
    assert short_texts("texts", ["a", "x" * LONGEST]) == ["a", "x" * LONGEST]
    with pytest.raises(DataError, match=r"texts: number 2: expected a text of at most 100,000 characters, got 100,001"):
        short_texts("texts", ["a", "x" * (LONGEST + 1)])


def test_two_files_stay_files_and_two_lists_are_pairs():
    assert pairs_of("a.de", Path("a.en")) == ("a.de", Path("a.en"))
    pairs = pairs_of(["eins", "zwei"], ["one", "two"])
    assert isinstance(pairs, Pairs)
    assert (pairs.sources, pairs.targets) == (["eins", "zwei"], ["one", "two"])
    with pytest.raises(DataError):
        pairs_of(["eins", "zwei"], ["one"])
