import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurra import DataError
from recurra.data.clips.clips import Clips
from recurra.data.clips.groups import groups_by_name, hold_out_groups, leaks


def clips(groups=None, answers=None, checksums=None, name="clip"):
    count = len(groups or answers or checksums)
    where = [f"{name} {i}" for i in range(count)].__getitem__
    return Clips({"inertial": [np.zeros((2, 2))] * count}, {"inertial": 50.0}, answers, groups, where, checksums)


def test_a_pattern_finds_the_group_in_a_name():
    assert groups_by_name(["x/person1_a.mp4", "y/person12_b.mp4"], r"person(\d+)_") == ["1", "12"]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("person(", r"group_pattern: expected a regular expression, got 'person\('"),
        (r"person\d", r"group_pattern: expected one group, such as"),
        (r"(p)erson(\d)", r"group_pattern: expected one group, such as"),
        (r"subject(\d+)", r"person1.mp4: expected a name in which 'subject\(.*\)' is found, got another"),
    ],
)
def test_a_pattern_that_is_none_or_finds_nothing_is_refused(pattern, message):
    with pytest.raises(DataError, match=message):
        groups_by_name(["person1.mp4"], pattern)


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=60), st.floats(0.05, 0.6), st.integers(0, 9))
def test_no_group_is_in_both_parts(groups, fraction, seed):
    some = clips(groups, answers=[f"{i % 3}" for i in range(len(groups))])
    learnt, held_out = hold_out_groups(some, fraction, seed)
    assert sorted([*learnt, *held_out]) == list(range(len(groups)))
    assert not {groups[i] for i in learnt} & {groups[i] for i in held_out}
    assert len(learnt) > 0
    assert len(held_out) > 0 or len(set(groups)) == 1


def test_the_share_is_met_as_nearly_as_whole_groups_can():
    some = clips([name for name in "abcdefghij" for _ in range(10)], ["x", "y"] * 50)
    learnt, held_out = hold_out_groups(some, 0.2, 0)
    assert (len(learnt), len(held_out)) == (80, 20)
    other = hold_out_groups(some, 0.2, 1)[1]
    assert list(other) != list(held_out)
    np.testing.assert_array_equal(hold_out_groups(some, 0.2, 0)[1], held_out)


def test_classes_that_are_in_few_groups_are_held_out_too():
    groups = [name for name in "abcdefgh" for _ in range(4)]
    answers = ["x", "y"] * 14 + ["rare"] * 4
    for seed in range(5):
        held_out = hold_out_groups(clips(groups, answers), 0.25, seed)[1]
        assert {answers[i] for i in held_out} == {"x", "y", "rare"}


def test_clips_that_are_groups_of_their_own_are_held_out_of_every_class_alike():
    answers = ["x"] * 20 + ["y"] * 20
    for groups in (None, [str(i) for i in range(40)]):
        held_out = hold_out_groups(clips(groups, answers), 0.2, 0)[1]
        assert [answers[i] for i in held_out] == ["x"] * 4 + ["y"] * 4


def test_labels_of_moments_do_not_count_as_classes():
    some = clips(["a", "a", "b"], [np.array(["x", "y"])] * 3)
    assert len(hold_out_groups(some, 0.3, 0)[1]) > 0


def test_parts_that_share_a_person_are_told():
    assert leaks(clips(["a", "b"]), clips(["c"])) is None
    assert leaks(clips(["a", "b"]), clips(["b", "b"])) == "1 group is in both parts: b"
    assert leaks(clips(list("abcd")), clips(list("dcbx"))) == "3 groups are in both parts: b, c, ..."


def test_parts_that_share_a_file_are_told_whatever_it_is_called():
    train, test = clips(checksums=["1", "2", "3"]), clips(checksums=["4", "2"], name="other")
    assert leaks(train, test) == "1 clip is in both parts: other 1 (learnt from as clip 1)"
    assert leaks(train, clips(checksums=["4", "5"])) is None
    assert leaks(clips(["a", "b"]), clips(["c"], checksums=["1"])) is None
    assert leaks(clips(checksums=["", "1"]), clips(checksums=[""])) is None
    assert leaks(train, train).startswith("3 clips are in both parts: clip 0 (learnt from as clip 0), clip 1 (")
