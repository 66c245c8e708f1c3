import numpy as np
import pytest

from recurra import DataError
from recurra.data.sources import clips

AT = {"frame_rate": 25, "frame_size": 32}


def test_weizmann_has_the_last_persons_to_test_on(shared_data):
    shared_data("mocogan_weizmann")
    assert clips.part_names("mocogan_weizmann") == ["train", "test"]
    train, test = (clips.resolve("mocogan_weizmann", part=part, **AT) for part in ("train", "test"))
    assert (len(train), len(test)) == (28, 8)
    assert set(test.groups) == {"person8", "person9"}
    assert not set(test.groups) & set(train.groups)
    assert set(test.answers) == set(train.answers) == {"bend", "jack", "wave1", "wave2"}
    assert test.signals["video"][0].shape == (85, 32, 32, 3)
    assert test.where(0).endswith("person8_bend_00000062.png")


def test_any_person_of_weizmann_can_be_left_out(shared_data):
    shared_data("mocogan_weizmann")
    assert set(clips.resolve("mocogan_weizmann/3", part="test", **AT).groups) == {"person3"}
    assert len(clips.resolve("mocogan_weizmann/3", **AT)) == 32


def test_utd_mhad_is_divided_as_its_authors_do(shared_data):
    shared_data("utd_mhad")
    train, test = (clips.resolve("utd_mhad", part=part, **AT) for part in ("train", "test"))
    assert (len(train), len(test)) == (431, 430)
    assert set(train.groups) == {"s1", "s3", "s5", "s7"}
    assert set(test.groups) == {"s2", "s4", "s6", "s8"}
    assert len(set(train.answers)) == 27
    assert train.rates == {"depth": 30, "skeleton": 30, "inertial": 50}
    assert {name: samples[0].shape for name, samples in train.signals.items()} == {
        "depth": (48, 48, 64, 1),
        "skeleton": (48, 20, 3),
        "inertial": (160, 6),
    }
    assert {name: samples[0].dtype for name, samples in train.signals.items()} == {
        "depth": np.uint8,
        "skeleton": np.float32,
        "inertial": np.float32,
    }


def test_only_the_signals_that_are_asked_for_are_read(shared_data):
    shared_data("utd_mhad")
    assert list(clips.resolve("utd_mhad", signals=["skeleton"], **AT).signals) == ["skeleton"]
    with pytest.raises(DataError, match=r"signals: expected some of depth, skeleton, inertial, got 'sound'"):
        clips.resolve("utd_mhad", signals=["sound"], **AT)


def test_a_part_that_is_not_there_is_refused(shared_data):
    shared_data("mocogan_weizmann")
    with pytest.raises(DataError, match=r"mocogan_weizmann: expected one of the parts train, test, got 'valid'"):
        clips.resolve("mocogan_weizmann", part="valid", **AT)
