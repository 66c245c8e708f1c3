"""What the settings leave open is what the method takes; what they say stays."""

import pytest

from recurra.tasks.series_gan.config import SeriesGANConfig


@pytest.mark.parametrize(
    ("method", "rate", "discriminator_steps", "generator_steps"),
    [("rtsgan", 3e-4, 5, 1), ("timegan", 1e-3, 1, 2), ("rcgan", 3e-4, 5, 1)],
)
def test_a_method_has_its_pace(method, rate, discriminator_steps, generator_steps):
    config = SeriesGANConfig(method=method).resolved()
    pace = config.learning_rate, config.discriminator_steps, config.generator_steps
    assert pace == (rate, discriminator_steps, generator_steps)


def test_what_is_set_stays():
    settings = {"learning_rate": 2e-4, "discriminator_steps": 3, "generator_steps": 4}
    config = SeriesGANConfig(method="timegan", **settings).resolved()
    assert {name: getattr(config, name) for name in settings} == settings
    assert config.method == "timegan"
