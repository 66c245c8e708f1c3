import pytest

from recurra import DataError
from recurra.settings.training import TrainingConfig


def test_the_defaults_are_in_order_and_checked_when_made():
    assert TrainingConfig().epochs == 10
    with pytest.raises(DataError, match="seed: expected 0 or more, got -1"):
        TrainingConfig(seed=-1)
