"""From weights of symbols to weights of words."""

import numpy as np

from recurra.tasks.translation import alignment


def test_weights_of_symbols_are_summed_over_the_source_and_averaged_over_the_translation():
    weights = np.asarray([[0.1, 0.2, 0.7], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    summed = alignment.by_words(weights, [0, 0, 1], [0, -1, 1], (2, 2))
    np.testing.assert_allclose(summed, [[0.3, 0.35], [0.0, 1.0]])
    assert alignment.pairs(summed) == [(1, 0), (1, 1)]


def test_words_without_symbols_have_no_weights_and_no_pair():
    weights = np.asarray([[1.0, 0.0]])
    summed = alignment.by_words(weights, [1], [0], (3, 2))
    assert summed.shape == (3, 2)
    assert alignment.pairs(summed) == [(0, 1)]
    assert alignment.pairs(np.zeros((0, 2))) == []
