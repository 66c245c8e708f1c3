import pytest

from recurra import DataError
from recurra.settings.adversarial import AdversarialConfig
from recurra.settings.training import TrainingConfig


def test_players_remember_less_and_their_rates_stay():
    config = AdversarialConfig()
    assert config.beta1 < TrainingConfig().beta1
    assert config.schedule == "constant"


@pytest.mark.parametrize("name", ["discriminator_steps", "generator_steps"])
def test_each_player_moves(name):
    with pytest.raises(DataError, match=f"{name}: expected at least 1, got 0"):
        AdversarialConfig(**{name: 0})
