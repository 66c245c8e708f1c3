"""Settings of a language model."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from recurra.settings.bounds import Count, Fraction, Layers, Positive, Probability, Size
from recurra.settings.network import RecurrentConfig, SymbolConfig


@dataclass(kw_only=True)
class LanguageModelConfig(SymbolConfig, RecurrentConfig):
    """Settings of a language model."""

    batch_size: Count = 32
    """Streams of text learnt from at once, over all processes."""
    learning_rate: Positive = 3e-3
    """Size of the steps, at their largest."""
    hidden_size: Size = 512
    num_layers: Layers = 2
    tie_embeddings: bool = True
    """Whether the softmax uses the symbols' vectors as its weights (Press and Wolf, 2017)."""
    bidirectional: bool = False
    """Whether a backward model is trained beside the forward one, sharing vectors and softmax; for scoring and as
    features."""
    sequence_length: Count = 128
    """Steps through which the gradient flows back; the state is carried on beyond."""
    reset_probability: Probability = 0.0
    """Probability that a sequence begins without the state carried to it, so that the model also learns to begin."""
    input_dropout: Fraction = 0.0
    """Dropped features of the symbols' vectors."""
    token_dropout: Fraction = 0.0
    """Symbols dropped whole, everywhere in a batch (Gal and Ghahramani, 2016)."""
    variational_dropout: bool = True
    """Whether dropout draws one mask for all steps of a sequence."""
    zoneout: Fraction = 0.0
    """Probability that a unit keeps its last state."""
    layer_norm: bool = False
    """Normalise inside the cell."""
    residual: bool = False
    """Add each layer's input to its output."""
    valid_fraction: Annotated[float, Interval(gt=0, lt=1)] = 0.1
    """Share of the end of the data to validate on, when no validation data is given."""
