import math
import sys

import pytest

from recurra import DataError
from recurra.training.privacy import Budget, PrivatePhase, noise_multiplier

pytest.importorskip("opacus", reason="needs opacus")

PHASE = PrivatePhase(sampling_rate=0.02, steps=1000)


def test_a_single_gaussian_release_costs_what_the_theory_says():
    # Renyi differential privacy of the plain Gaussian mechanism: order / (2 sigma^2), turned into (epsilon, delta) by
    # the conversion of Balle et al. (2020).
    sigma, delta = 4.0, 1e-5
    orders = [1 + k / 100 for k in range(1, 6400)]
    expected = min(
        a / (2 * sigma**2) + math.log((a - 1) / a) - (math.log(delta) + math.log(a)) / (a - 1) for a in orders
    )
    assert Budget.of([PrivatePhase(1.0, 1)], sigma, delta).epsilon == pytest.approx(expected, rel=1e-3)


def test_more_steps_cost_more_and_more_noise_costs_less():
    once = Budget.of([PHASE], 1.0, 1e-5).epsilon
    assert Budget.of([PHASE, PHASE], 1.0, 1e-5).epsilon > once
    assert Budget.of([PHASE], 2.0, 1e-5).epsilon < once


def test_phases_add_up_as_one_of_all_their_steps():
    twice = PrivatePhase(PHASE.sampling_rate, 2 * PHASE.steps)
    assert Budget.of([PHASE, PHASE], 1.0, 1e-5) == Budget.of([twice], 1.0, 1e-5)


def test_what_sees_no_data_costs_nothing():
    assert Budget.of([PrivatePhase(0.1, 0)], 1.0, 1e-5).epsilon == 0
    assert Budget.of([], 1.0, 1e-5).epsilon == 0


@pytest.mark.parametrize("epsilon", [0.5, 4.0, 20.0])
def test_the_noise_keeps_to_the_budget_and_is_hardly_more_than_that_takes(epsilon):
    noise = noise_multiplier(Budget(epsilon, 1e-5), [PHASE, PrivatePhase(0.05, 200)])
    phases = [PHASE, PrivatePhase(0.05, 200)]
    assert Budget.of(phases, noise, 1e-5).epsilon <= epsilon
    assert Budget.of(phases, noise * 0.99, 1e-5).epsilon > epsilon


def test_a_budget_that_no_noise_keeps_to_is_refused():
    with pytest.raises(DataError, match="epsilon: expected a budget that some noise keeps to, got 1e-09"):
        noise_multiplier(Budget(1e-9, 1e-5), [PHASE])


def test_without_opacus_the_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "opacus.accountants", None)
    with pytest.raises(DataError, match=r"recurra\[privacy\]"):
        Budget.of([PHASE], 1.0, 1e-5)
