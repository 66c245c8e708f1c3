from pathlib import Path

import numpy as np
import pytest
import torch

from recurra import DataError
from recurra.training.adversarial_health import AdversarialHealth, ranking_accuracy, spread

WON = {"discriminator_accuracy": 1.0}
COLLAPSED = {"made_spread": 0.01, "real_spread": 1.0}


def _lines(health: AdversarialHealth, scores: dict[str, float], steps: int) -> list[str]:
    return [line for _ in range(steps) for line in health.warnings(scores)]


def test_the_accuracy_is_the_share_of_pairs_in_their_order():
    real, made = torch.randn(20), torch.randn(30)
    made[:5] = real[:5]
    higher, equal = real[:, None] > made, real[:, None] == made
    expected = (higher.double() + 0.5 * equal.double()).mean()
    assert ranking_accuracy(real, made).item() == pytest.approx(expected.item())
    assert ranking_accuracy(torch.ones(3), torch.zeros(2)) == 1.0


def test_the_spread_is_that_over_samples():
    samples = torch.tensor([[1.0, 5.0], [3.0, 5.0]])
    assert spread(samples) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("scores", "steps", "word"),
    [(WON, 1000, "without fail"), (COLLAPSED, 500, "collapsed")],
    ids=["won", "collapsed"],
)
def test_what_lasts_is_said_once(scores, steps, word):
    health = AdversarialHealth()
    assert _lines(health, scores, steps - 1) == []
    (line,) = _lines(health, scores, 3000)
    assert word in line
    assert f"for {steps} steps" in line
    assert "; try " in line


def test_what_passes_is_not_said_and_begins_anew():
    health = AdversarialHealth()
    assert _lines(health, COLLAPSED, 450) == []
    assert _lines(health, {"made_spread": 1.0, "real_spread": 1.0}, 10) == []
    assert _lines(health, COLLAPSED, 499) == []
    assert len(_lines(health, COLLAPSED, 100)) == 1


def test_a_discriminator_that_wins_before_the_generator_has_learnt_is_no_trouble():
    """The accuracy, and the ratio of spreads, of a Wasserstein GAN of stock prices that came out well, by step."""
    health = AdversarialHealth()
    accuracy = np.interp(
        np.arange(2000), [0, 200, 260, 500, 720, 1000, 1500], [0.665, 0.81, 1.0, 1.0, 0.93, 0.77, 0.68]
    )
    spread_of_made = np.interp(np.arange(2000), [0, 360, 720, 1000], [0.3, 0.2, 0.6, 0.9])
    steps = zip(accuracy, spread_of_made, strict=True)
    scores = [{"discriminator_accuracy": won, "made_spread": made, "real_spread": 0.97} for won, made in steps]
    assert [line for of_step in scores for line in health.warnings(of_step)] == []


def test_what_a_network_does_not_give_is_not_watched():
    assert _lines(AdversarialHealth(), {}, 3000) == []


def test_a_saved_state_goes_on_as_if_never_stopped():
    first, second = AdversarialHealth(), AdversarialHealth()
    _lines(first, WON | COLLAPSED, 450)
    second.require_state(first.state_dict(), Path("file"))
    second.load_state(first.state_dict())
    assert _lines(second, WON | COLLAPSED, 60) == _lines(first, WON | COLLAPSED, 60) != []


@pytest.mark.parametrize("change", [{"smoothed": None}, {"counts": {}}, {"smoothed": {"made_spread": "x"}}], ids=str)
def test_another_state_is_refused(change):
    health = AdversarialHealth()
    with pytest.raises(DataError, match="file: expected a checkpoint of this training with what was measured"):
        health.require_state(health.state_dict() | change, Path("file"))
