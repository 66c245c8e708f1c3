"""The settings that every training of two players shares."""

from dataclasses import dataclass
from typing import Literal

from recurra.settings.bounds import Count, CountOrZero, Fraction, NotNegative
from recurra.settings.training import TrainingConfig


@dataclass(kw_only=True)
class AdversarialConfig(TrainingConfig):
    """Settings of a generator and its discriminator."""

    beta1: Fraction = 0.5
    """Memory of gradients in adam and adamw; players that change want a short one."""
    schedule: Literal["cosine", "linear", "constant", "plateau"] = "constant"
    """How the learning rates fall: over the whole training, not at all, or when validation stalls."""
    warmup_steps: CountOrZero = 0
    """Steps over which the learning rates first rise."""
    discriminator_steps: Count = 1
    """Steps of the discriminator, each on a batch of its own, for a round of the generator."""
    generator_steps: Count = 1
    """Steps of the generator in a round, on the last of these batches."""
    discriminator_learning_rate: NotNegative = 0.0
    """Size of the discriminator's steps; 0 takes learning_rate, which is the generator's."""
