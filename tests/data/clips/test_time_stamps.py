import numpy as np
import pytest

from recurra.data.clips.time_stamps import TimeStamps


def times(shown, decoded=None, period=0.1):
    stamps = TimeStamps(period)
    decoded = decoded or [None] * len(shown)
    return [stamps.next(*pair) for pair in zip(shown, decoded, strict=True)]


def test_times_count_from_the_first_frame():
    assert times([8.3, 8.4, 8.5]) == pytest.approx([0, 0.1, 0.2])
    assert times([-0.1, 0.0, 0.1]) == pytest.approx([0, 0.1, 0.2])


def test_missing_stamps_are_a_period_apart():
    assert times([None] * 4) == pytest.approx([0, 0.1, 0.2, 0.3])
    assert times([0, 0.2, None, 0.6]) == pytest.approx([0, 0.2, 0.4, 0.6])


def test_where_stamps_of_showing_go_back_those_of_decoding_are_believed():
    shown = [0.1, 0.2, 0.4, 0.3, 0.5, 0.7, 0.6, 0.8, 1.0, 0.9]
    decoded = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert times(shown, decoded)[3:] == pytest.approx(np.arange(3, 10) / 10)


def test_times_never_go_back():
    assert times([0, 0.2, 0.1, 0.15, 0.3]) == pytest.approx([0, 0.2, 0.2, 0.2, 0.3])


def test_a_clock_that_begins_anew_goes_on():
    assert times([50, 50.1, 0, 0.1, 0.2]) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert times([0, 0.1, 1e6, 1e6 + 0.1]) == pytest.approx([0, 0.1, 0.2, 0.3])


def test_a_long_still_is_no_jump():
    assert times([0, 0.1, 300, 300.1]) == pytest.approx([0, 0.1, 300, 300.1])
