"""Batches of sequences of like length."""

import numpy as np

from recurra.data import batches


def test_the_longest_come_first_and_none_is_empty():
    found = list(batches.longest_first([2, 0, 5, 3, 30, 2], at_once=6))
    assert found == [[4], [2], [3, 0], [5]]


def test_pairs_of_like_length_fit_and_come_once_an_epoch():
    lengths = np.random.default_rng(1).integers(1, 30, (200, 2))
    counts = set()
    for epoch in range(3):
        found = batches.bucketed_batches(lengths, 100, 12, 1, epoch)
        assert sorted(np.concatenate(found).tolist()) == list(range(200))
        assert all(len(rows) <= 12 and (len(rows) == 1 or lengths[rows].max() * len(rows) <= 100) for rows in found)
        counts.add(len(found))
    assert len(counts) == 1


def test_in_a_poisson_batch_each_example_is_with_the_same_probability_for_itself():
    drawn = [batches.poisson_batch(50, 5, 1, 0, number) for number in range(4000)]
    sizes = np.array([len(rows) for rows in drawn])
    assert abs(sizes.mean() - 5) < 0.15
    assert abs(sizes.var() - 50 * 0.1 * 0.9) < 0.4  # of a binomial distribution
    counts = np.bincount(np.concatenate(drawn), minlength=50)
    assert abs(counts / 4000 - 0.1).max() < 0.02
    assert all(len(set(rows)) == len(rows) for rows in drawn)
    assert np.array_equal(drawn[7], batches.poisson_batch(50, 5, 1, 0, 7))
