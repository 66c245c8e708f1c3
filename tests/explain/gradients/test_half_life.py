import math

import pytest

from recurra.explain.gradients.half_life import fading, told


@pytest.mark.parametrize("half_life", [0.5, 3, 40])
def test_half_life_of_an_exponential_is_found(half_life):
    found = fading([0.5 ** (k / half_life) for k in range(100)])
    assert found.half_life == pytest.approx(half_life, rel=1e-6)


def test_the_slowest_part_of_a_sum_counts():
    found = fading([0.9 * 0.5**k + 0.1 * 0.95**k for k in range(60)])
    assert found.half_life == pytest.approx(math.log(2) / -math.log(0.95), rel=1e-3)


def test_what_grows_has_no_half_life():
    found = fading([1.1**k for k in range(30)])
    assert found.half_life == math.inf
    assert found.rate == pytest.approx(-math.log(1.1))
    assert found.largest == pytest.approx(1.1**29)
    assert found.reach is None


def test_what_stays_has_no_half_life():
    assert fading([1.0] * 20).half_life == math.inf


def test_reach_is_the_first_distance_with_less_than_a_hundredth():
    assert fading([0.5**k for k in range(20)]).reach == 7
    assert fading([0.9**k for k in range(20)]).reach is None


def test_zeros_and_what_is_not_finite_end_what_is_looked_at():
    found = fading([0.5**k for k in range(20)] + [0.0] * 50)
    assert found.half_life == pytest.approx(1)
    assert found.farthest == 0
    assert fading([2.0**k for k in range(20)] + [math.inf, math.nan]).largest == math.inf


def test_short_sequences_have_no_rate():
    found = fading([1.0, 0.5])
    assert found.rate is None
    assert found.half_life is None


def test_the_distance_at_which_half_is_left_lies_between_two_steps():
    assert fading([0.5 ** (k / 3.5) for k in range(20)]).half_distance == pytest.approx(3.5)
    assert fading([1.0, 0.25, 0.2, 0.19]).half_distance == pytest.approx(0.5)
    assert fading([1.0, 0.0]).half_distance < 0.1
    for ratios in ([], [1.0], [1.0, 0.9, 0.6], [1.0, 3.0]):
        assert fading(ratios).half_distance is None


@pytest.mark.parametrize(
    ("ratios", "words"),
    [
        ([1.0, 1.0, 0.999], "all of a gradient is left 2 steps back"),
        ([1.0, 0.7], "0.7 of a gradient is left 1 step back"),
        ([1.0, 0.5, 0.25, 0.125], "half of a gradient is left 1 step back, 0.12 of it 3 steps back"),
        ([1.0, 0.25, 0.125], "half of a gradient is left 0.5 steps back, 0.12 of it 2 steps back"),
    ],
)
def test_what_is_left_is_told(ratios, words):
    assert told(fading(ratios)) == words
