import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips.clips import Clips


def clips(count=4, **changes):
    arguments = {
        "signals": {"inertial": [np.full((i + 1, 2), i) for i in range(count)]},
        "rates": {"inertial": 50.0},
        "answers": list("abab"[:count]),
        "groups": list("xxyy"[:count]),
        "where": [f"clip {i}" for i in range(count)].__getitem__,
        "checksums": list("1234"[:count]),
    }
    return Clips(**(arguments | changes))


def test_some_clips_keep_what_belongs_to_them():
    some = clips().select(np.array([3, 0]))
    assert len(some) == 2
    assert [len(samples) for samples in some.signals["inertial"]] == [4, 1]
    assert (some.answers, some.groups, some.checksums) == (["b", "a"], ["y", "x"], ["4", "1"])
    assert [some.where(i) for i in range(2)] == ["clip 3", "clip 0"]
    assert some.select([1]).where(0) == "clip 0"


def test_samples_are_read_when_they_are_asked_for():
    class Reading(list):
        read = 0

        def __getitem__(self, index):
            Reading.read += 1
            return super().__getitem__(index)

    some = clips(signals={"inertial": Reading(np.ones((1, 1)) for _ in range(4))}).select([1, 2])
    assert Reading.read == 0
    some.signals["inertial"][0]
    assert Reading.read == 1


def test_parts_of_other_lengths_and_no_clips_are_refused():
    with pytest.raises(DataError, match="groups: expected one for each of 4 clips, got 1"):
        clips(groups=["x"])
    with pytest.raises(DataError, match="expected at least one clip, got none"):
        clips(signals={"inertial": []})
    with pytest.raises(DataError, match="clip 0: expected an answer for each clip, got none"):
        clips(answers=None).required_answers()


def test_the_fingerprint_is_of_content_answers_and_rates():
    assert clips().fingerprint() == clips().fingerprint()
    others = [clips(answers=list("aabb")), clips(rates={"inertial": 60.0}), clips(checksums=list("1235"))]
    others.append(clips(checksums=None))
    others.append(clips(answers=[np.array(["a", "b"])] * 4))
    assert len({other.fingerprint() for other in [clips(), *others]}) == 6
