from dataclasses import dataclass

import pytest

from recurra import DataError
from recurra.settings.privacy import PrivacyConfig
from recurra.settings.training import TrainingConfig


@dataclass(kw_only=True)
class PrivateConfig(PrivacyConfig, TrainingConfig):
    """Settings of a job that can be private."""


def test_no_promise_is_made_unless_it_is_asked_for():
    assert PrivateConfig().epsilon == 0


@pytest.mark.parametrize(
    ("setting", "value"), [("epsilon", -1.0), ("delta", 0.0), ("delta", 1.0), ("example_clip_norm", 0.0)]
)
def test_numbers_out_of_bounds_are_named(setting, value):
    with pytest.raises(DataError, match=f"{setting}: expected"):
        PrivateConfig(**{setting: value})
