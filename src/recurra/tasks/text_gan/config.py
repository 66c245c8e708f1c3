"""Settings of a generator of text."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Interval

from recurra.settings.adversarial import AdversarialConfig
from recurra.settings.bounds import Count, CountOrZero, Epochs, Fraction, NotNegative, Positive, Size, SizeOrZero
from recurra.settings.network import RecurrentConfig, SymbolConfig


@dataclass(kw_only=True)
class TextGANConfig(SymbolConfig, AdversarialConfig, RecurrentConfig):
    """Settings of a generator of text."""

    epochs: Epochs = 29
    """Passes over the training data, in both phases together."""
    likelihood_epochs: CountOrZero = 25
    """Epochs in which the generator first learns by likelihood; the others of all epochs, if there are more, are played
    against the discriminator."""
    likelihood_learning_rate: Positive = 1e-2
    """Size of the steps by likelihood, at their largest: they rise over 100 steps and fall along a cosine."""
    weight_decay: NotNegative = 0.1
    """Pull of every weight towards zero; decoupled from the gradient in adamw. Few lines of many symbols need much."""
    learning_rate: Positive = 1e-4
    """Size of the generator's steps against the discriminator, where it learns from it."""
    discriminator_learning_rate: NotNegative = 3e-3
    """Size of the discriminator's steps, at their largest; in resampling they follow a cosine. 0 takes
    learning_rate."""
    average_decay: Fraction = 0.999
    """What is evaluated and kept of a generator is a running average of its weights with this decay a step; 0 keeps
    none."""
    method: Literal["resampling", "gumbel", "policy_gradient"] = "resampling"
    """What becomes of the discriminator. resampling: it chooses among lines that the generator draws (Deng et al.,
    2020). gumbel: the generator learns from it by relaxed symbols and a relativistic loss (Nie et al., 2019).
    policy_gradient: by what lines are worth that begin as a made one and end otherwise (Yu et al., 2017)."""
    candidates: Count = 8
    """Of resampling: lines that are drawn for each one that is chosen."""
    discriminator: Literal["conv", "recurrent"] = "recurrent"
    """conv: convolutions over several symbols at once. recurrent: a recurrence in both directions."""
    discriminator_size: Size = 64
    """Channels of each convolution, or units of each direction."""
    gumbel_sharpness: Positive = 100.0
    """Of gumbel: how close to one symbol the relaxed ones come at the end of the game; they begin at 1."""
    rollouts: Count = 4
    """Of policy_gradient: ways in which each beginning of a line is ended, to know what it is worth."""
    hidden_size: Size = 32
    """Units of each recurrent layer of the generator."""
    embedding_size: SizeOrZero = 0
    """Size of the symbols' vectors, the generator's and the discriminator's; 0 takes hidden_size."""
    dropout: Fraction = 0.3
    """Dropped outputs of every recurrent layer in learning by likelihood, and numbers of the symbols' vectors, there
    and in the discriminator."""
    tokenizer: Literal["char", "word", "bpe"] = "word"
    """Symbols: characters; words between white space; or byte pairs."""
    max_length: Count = 64
    """Symbols of a line at most; longer lines are left out."""
    valid_fraction: Annotated[float, Interval(gt=0, lt=1)] = 0.1
    """Share of the lines to validate on, when no validation data is given."""
