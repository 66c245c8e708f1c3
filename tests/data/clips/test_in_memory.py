import numpy as np
import pytest
import torch

from recurra import DataError
from recurra.data.clips import in_memory
from recurra.data.clips.frame_labels import FrameLabels

VIDEO = np.zeros((3, 5, 8, 8, 3), np.uint8)


def test_arrays_are_known_by_their_form():
    assert list(in_memory.clip_list(VIDEO).sources) == ["video"]
    assert list(in_memory.clip_list(list(VIDEO)).sources) == ["video"]
    assert list(in_memory.clip_list(torch.zeros(3, 5, 20, 3)).sources) == ["skeleton"]
    clips = in_memory.clip_list([np.zeros((4, 6)), np.zeros((9, 6))], ["a", "b"], [1, 2])
    assert (list(clips.sources), clips.answers, clips.groups) == (["inertial"], ["a", "b"], ["1", "2"])


def test_signals_have_names_and_clips_may_lack_some():
    clips = in_memory.clip_list({"video": list(VIDEO), "depth": [None, np.zeros((5, 4, 4), np.uint8), None]})
    assert clips.sources["depth"][0] is None
    assert clips.sources["depth"][1].shape == (5, 4, 4, 1)


def test_an_array_of_labels_is_one_for_each_sample():
    clips = in_memory.clip_list(VIDEO[:2], [np.array(list("aabbb")), np.array(list("bbaaa"))])
    assert clips.answers[0] == FrameLabels(tuple("aabbb"))
    assert in_memory.clip_list(VIDEO[:2], [["a", "b"], ["a"]]).answers == [["a", "b"], ["a"]]


def test_what_is_in_memory_is_told_from_names():
    assert in_memory.is_in_memory(VIDEO)
    assert in_memory.is_in_memory(list(VIDEO))
    assert in_memory.is_in_memory({"video": VIDEO})
    for names in ("clips", ["a.mp4", "b.mp4"], ("a.mp4", "b.mp4"), []):
        assert not in_memory.is_in_memory(names)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({"sound": VIDEO},), "clips: expected the signals video, depth, skeleton, inertial, got 'sound'"),
        (({"video": VIDEO, "depth": VIDEO[:2, ..., 0]},), "clips: expected as many of each signal, got"),
        ((VIDEO, ["a"]), "answers: expected one for each of 3 clips, got 1"),
        ((VIDEO, None, ["a"]), "groups: expected one for each of 3 clips, got 1"),
        (([np.zeros(3)],), r"expected clips as arrays, or .*, got float64 of shape \(3,\)"),
        (([np.zeros((2, 3)), np.zeros(3)],), r"clip 2: inertial: expected \(T, F\) numbers"),
    ],
)
def test_other_forms_are_refused(arguments, message):
    with pytest.raises(DataError, match=message):
        in_memory.clip_list(*arguments)
