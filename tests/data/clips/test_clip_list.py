import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips.clip_list import ClipList, join

FIRST = ClipList({"video": [np.zeros(1), np.ones(1)]}, ["a", "b"], ["x", "y"], ["p", "q"])


def test_some_clips_keep_what_belongs_to_them():
    some = FIRST.select([1])
    assert (len(some), some.locations, some.answers, some.groups) == (1, ["b"], ["y"], ["q"])
    assert some.sources["video"][0] == 1


def test_lists_are_joined_and_lack_what_one_of_them_lacks():
    both = join([FIRST, ClipList({"depth": [np.ones(2)]}, ["c"], ["x"])])
    assert both.locations == ["a", "b", "c"]
    assert [source is None for source in both.sources["video"]] == [False, False, True]
    assert [source is None for source in both.sources["depth"]] == [True, True, False]
    assert (both.answers, both.groups) == (["x", "y", "x"], None)
    with pytest.raises(DataError, match="c: expected answers as of a, or of neither"):
        join([FIRST, ClipList({"video": [np.ones(1)]}, ["c"])])


def test_no_clips_are_refused():
    with pytest.raises(DataError, match="expected at least one clip, got none"):
        ClipList({}, [])
