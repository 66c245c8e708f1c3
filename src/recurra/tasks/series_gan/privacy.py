"""A private training of a generator of series: which of its steps see the data, and the noise that these take."""

from recurra.errors import DataError
from recurra.tasks.series_gan.config import SeriesGANConfig
from recurra.training.privacy import Budget, Noise, PrivatePhase, noise_multiplier


def private_steps(config: SeriesGANConfig) -> int:
    """Count the gradients that see the data, of all networks of a training."""
    config = config.resolved()
    steps = config.epochs * config.epoch_steps
    if config.method == "likelihood":
        return steps
    game = steps - config.pretraining_steps
    rounds = game // config.discriminator_steps * config.generator_steps
    return config.pretraining_steps + game + rounds


def noise_of(config: SeriesGANConfig, windows: int) -> Noise:
    """Find the noise with which a training keeps to its budget.

    Args:
        config: its settings, of which `epsilon` is above 0.
        windows: that it learns from, which share no row.

    Raises:
        DataError: there are fewer windows than in a batch; no noise is enough; or Opacus is not installed.
    """
    if windows < config.batch_size:
        raise DataError(
            f"batch_size: expected at most {windows}, the windows that share no row, got {config.batch_size}"
        )
    phase = PrivatePhase(config.batch_size / windows, private_steps(config))
    multiplier = noise_multiplier(Budget(config.epsilon, config.delta), [phase])
    return Noise(config.example_clip_norm, multiplier, config.batch_size)


def promise(config: SeriesGANConfig, noise: Noise, window: int) -> str:
    """Say what a private training promises, and what it does not."""
    return (
        f"epsilon {config.epsilon:g} at delta {config.delta:g} for the {window} rows of a window, by noise of "
        f"{noise.multiplier:.3g} clipping norms; the ranges of numbers, the names of categories and the lengths of "
        "series are told as they are, and losses are for your eyes alone"
    )
