import pytest

from recurra import DataError
from recurra.settings import check
from recurra.settings.training import TrainingConfig


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("epochs", 0, "epochs: expected at least 1, got 0"),
        ("epochs", 1.5, "epochs: expected a whole number, got 1.5"),
        ("epochs", True, "epochs: expected a whole number, got True"),
        ("optimizer", "lion", "optimizer: expected one of 'adamw', 'adam', 'sgd', 'asgd', got 'lion'"),
        ("learning_rate", "fast", "learning_rate: expected a number, got 'fast'"),
        ("learning_rate", 0, "learning_rate: expected a number above 0, got 0"),
        ("average_decay", 1.0, "average_decay: expected 0 <= p < 1, got 1.0"),
    ],
)
def test_a_wrong_setting_is_named_with_what_was_expected(name, value, message):
    with pytest.raises(DataError, match=message):
        TrainingConfig(**{name: value})


def test_an_unknown_setting_is_named_and_the_known_ones_listed():
    with pytest.raises(DataError, match=r"expected some of epochs, .*got 'epoch'"):
        check.build(TrainingConfig, {"epoch": 3})


def test_whole_numbers_serve_as_numbers():
    config = TrainingConfig(learning_rate=1)
    assert config.learning_rate == 1.0
    assert isinstance(config.learning_rate, float)
