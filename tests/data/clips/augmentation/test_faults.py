import numpy as np

from recurra.data.clips.augmentation import FaultAugmentation
from recurra.data.clips.augmentation.faults import freeze, hold


def test_frozen_it_stays_for_a_part_at_what_that_began_with():
    samples = np.arange(40)
    for seed in range(20):
        frozen = freeze(samples, np.random.default_rng(seed), 1.0)
        differs = np.flatnonzero(frozen != samples)
        if len(differs):
            assert (frozen[differs] == differs[0] - 1).all()
            assert len(differs) == differs[-1] - differs[0] + 1
    assert freeze(samples, np.random.default_rng(1), 0.0) is samples


def test_held_samples_stay_until_the_next_that_is_seen():
    samples = np.arange(40)
    rates = set()
    for seed in range(40):
        held = hold(samples, np.random.default_rng(seed), 1.0)
        every = held[held > 0][0]
        np.testing.assert_array_equal(held, samples // every * every)
        rates.add(int(every))
    assert rates == {2, 3, 4, 5, 6}
    assert hold(samples, np.random.default_rng(1), 0.0) is samples


def test_signals_are_lost_by_chance_but_never_all():
    generator = np.random.default_rng(1)
    names = ("depth", "skeleton", "inertial")
    drawn = [FaultAugmentation(lost=0.6).draw_lost(names, generator) for _ in range(600)]
    assert {len(lost) for lost in drawn} == {0, 1, 2}
    shares = [np.mean([name in lost for lost in drawn]) for name in names]
    np.testing.assert_allclose(shares, 0.4, atol=0.08)  # 0.6 of the two thirds in which another one stays
    assert FaultAugmentation(lost=1.0).draw_lost(("depth",), generator) == set()
    assert FaultAugmentation(lost=1.0).draw_lost((), generator) == set()
