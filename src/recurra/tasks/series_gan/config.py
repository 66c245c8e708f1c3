"""Settings of generators of time series."""

from dataclasses import dataclass, replace
from typing import Literal

from recurra.settings.adversarial import AdversarialConfig
from recurra.settings.bounds import Count, CountOrZero, Epochs, Fraction, Layers, NotNegative, Positive, Size
from recurra.settings.check import require
from recurra.settings.network import RecurrentConfig
from recurra.settings.privacy import PrivacyConfig


@dataclass(kw_only=True)
class SeriesGANConfig(RecurrentConfig, AdversarialConfig, PrivacyConfig):
    """Settings of a generator of time series."""

    method: Literal["rtsgan", "timegan", "rcgan", "likelihood"] = "rtsgan"
    """rtsgan: a Wasserstein GAN over the vectors of a recurrent autoencoder (Pei et al., 2021). timegan: TimeGAN (Yoon
    et al., 2019). rcgan: a recurrent conditional GAN (Esteban et al., 2017). likelihood: a network that predicts the
    next row and has no opponent."""
    epochs: Epochs = 40
    """Epochs in all, of epoch_steps steps each."""
    pretraining_epochs: CountOrZero = 10
    """Epochs, of all, in which the autoencoder of rtsgan and timegan learns alone; at least one is for the game."""
    pretraining_learning_rate: Positive = 2e-3
    """Size of the steps of the autoencoder, and of likelihood, at their largest."""
    epoch_steps: Count = 500
    """Steps of an epoch, each on windows that are drawn at random."""
    batch_size: Count = 128
    """Windows learnt from at once, over all processes."""
    learning_rate: NotNegative = 0.0
    """Size of the generator's steps, at their largest; 0 takes 1e-3 for timegan, else 3e-4."""
    beta2: Fraction = 0.9
    """Memory of squared gradients in adam and adamw."""
    optimizer: Literal["adamw", "adam", "sgd", "asgd"] = "adam"
    """How weights follow gradients."""
    schedule: Literal["cosine", "linear", "constant", "plateau"] = "cosine"
    """How the learning rates fall in each phase: over all of it, not at all, or when validation stalls."""
    discriminator_steps: CountOrZero = 0
    """Steps of the discriminator, each on a batch of its own, for a round of the generator; 0 takes 1 for timegan, as
    published, else 5."""
    generator_steps: CountOrZero = 0
    """Steps of the generator in a round, on the last of these batches; 0 takes 2 for timegan, as published, else 1."""
    average_decay: Fraction = 0.995
    """If not 0, what is evaluated and kept is a running average of the weights with this decay a round."""
    gradient_penalty: NotNegative = 10.0
    """Weight of what keeps the critic's slope near 1 (Gulrajani et al., 2017); of rtsgan and rcgan."""

    cell: str = "gru"
    """Recurrent cell: rnn, lstm, gru, or the name of one of your own in recurra.nn.cells.CELLS."""
    hidden_size: Size = 32
    """Units of each recurrent layer."""
    num_layers: Layers = 2
    """Recurrent layers, one on another."""
    dropout: Fraction = 0.0
    """Dropped outputs of every recurrent layer but the last of a stack."""
    noise_size: Size = 96
    """Numbers of noise: for a window in rtsgan, for a row in timegan and rcgan."""
    critic_size: Size = 256
    """Units of the layers of rtsgan's generator and critic."""
    mixtures: Size = 5
    """Normal distributions of which the next row's is a mixture; of rtsgan and likelihood."""

    window: CountOrZero = 0
    """Rows of a window; longer series are cut into such. 0 takes the longest series up to 64 rows, else 24 rows."""
    stride: Count = 1
    """Rows from one window to the next."""
    continued: bool = True
    """Whether windows of longer series are learnt as what goes on from the rows before them, so that rtsgan makes
    series of any length; else each stands alone."""
    valid_fraction: Fraction = 0.1
    """Share of the data held out to choose the best generator by, and to report on: of a single series its end, else
    whole series; 0 learns from all, and chooses by what is learnt from."""

    canaries: CountOrZero = 0
    """Series to plant in what is learnt from, none of which is like the data; the report says which of them the
    generator gives away (Carlini et al., 2019)."""
    canary_repeats: Count = 1
    """How often each canary is planted."""

    columns: str = ""
    """What columns are, where that is not as found out: NAME=number, NAME=category or NAME=time, between commas."""
    group: str = ""
    """Column that names the series of a row; where empty, the one called sequence, series_id or id."""
    time: str = ""
    """Column of the time stamps that the rows of a series follow; where empty, the one called time, date or step, or
    the only one of dates."""
    ignore: str = ""
    """Columns to leave out, between commas."""
    rules: str = ""
    """Rules that hold in all made rows, between semicolons: "start <= end; total = a + b; meter non-decreasing;
    0 <= load <= 1"."""

    def __post_init__(self) -> None:
        super().__post_init__()
        is_apart = not (self.epsilon and self.continued)
        require(self, "epsilon", is_apart, "0 unless continued is False, so that a row is in one window alone")

    @property
    def pretraining_steps(self) -> int:
        """Steps in which the autoencoder learns alone: of all epochs but one, at most."""
        epochs = min(self.pretraining_epochs, self.epochs - 1) if self.method in ("rtsgan", "timegan") else 0
        return epochs * self.epoch_steps

    def resolved(self) -> "SeriesGANConfig":
        """Give the settings with what the method takes where they leave it open."""
        is_timegan = self.method == "timegan"
        return replace(
            self,
            learning_rate=self.learning_rate or (1e-3 if is_timegan else 3e-4),
            discriminator_steps=self.discriminator_steps or (1 if is_timegan else 5),
            generator_steps=self.generator_steps or (2 if is_timegan else 1),
        )
