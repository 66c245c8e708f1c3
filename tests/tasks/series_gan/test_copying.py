import numpy as np

from recurra.tasks.series_gan.copying import measure_copying


def walks(seed, count=120):
    return np.random.default_rng(seed).normal(0, 0.1, size=(count, 8, 2)).cumsum(1)


def test_copies_are_found_and_all_canaries():
    train, held = walks(0), walks(1)
    copied = measure_copying(train, held, train[:60] + 1e-4)
    assert copied.copies == 1
    assert copied.membership > 0.7
    assert (copied.canaries_planted, copied.canaries_found) == (10, 10)
    assert "10 of 10 planted copies were found" in copied.sentence()


def test_what_is_new_is_no_copy():
    fresh = measure_copying(walks(0), walks(1), walks(2))
    assert fresh.copies == 0
    assert fresh.canaries_found == 10
    assert 0.4 < fresh.membership < 0.6
    assert 0.7 < fresh.made_distance / fresh.held_distance < 1.4
