import numpy as np

from recurra.tasks.series_gan.copying import measure_copying


def walks(seed, count=120):
    return np.random.default_rng(seed).normal(0, 0.1, size=(count, 8, 2)).cumsum(1)


def test_copies_are_found():
    train, held = walks(0), walks(1)
    copied = measure_copying(train, held, train[:60] + 1e-4)
    assert copied.copies == 1
    assert copied.membership > 0.7
    assert "100.0% of them are copies" in copied.sentence()


def test_what_is_new_is_no_copy():
    fresh = measure_copying(walks(0), walks(1), walks(2))
    assert fresh.copies == 0
    assert 0.4 < fresh.membership < 0.6
    assert 0.7 < fresh.made_distance / fresh.held_distance < 1.4
