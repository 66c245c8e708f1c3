"""Settings of a language model."""

from dataclasses import dataclass
from typing import Annotated, Literal

from recurra.nn.cells import CELLS
from recurra.training.ranges import (
    Count,
    Layers,
    Positive,
    Probability,
    Range,
    Share,
    Size,
    SizeOrZero,
    VocabularySize,
)
from recurra.training.settings import TrainingConfig, require


@dataclass(kw_only=True)
class LanguageModelConfig(TrainingConfig):
    """Settings of a language model."""

    batch_size: Count = 32
    """Streams of text learnt from at once, over all processes."""
    learning_rate: Positive = 3e-3
    """Size of the steps, at their largest."""
    cell: str = "lstm"
    """Recurrent cell: rnn (tanh), relu (rnn with a rectifier), lstm or gru."""
    hidden_size: Size = 512
    """Units of each recurrent layer."""
    num_layers: Layers = 2
    """Recurrent layers, one on another."""
    embedding_size: SizeOrZero = 0
    """Size of the symbols' vectors; 0 takes hidden_size."""
    tied: bool = True
    """Whether the softmax uses the symbols' vectors as its weights (Press and Wolf, 2017)."""
    direction: Literal["forward", "both"] = "forward"
    """both trains a forward and a backward model that share vectors and softmax, for scoring and as features."""
    tokenizer: Literal["char", "word", "bpe"] = "char"
    """Symbols: characters; words between white space; or byte pairs."""
    vocabulary_size: VocabularySize = 0
    """Symbols at most; 0 means all characters, 10,000 words, or 4,096 byte pairs."""
    sequence_length: Count = 128
    """Steps through which the gradient flows back; the state is carried on beyond."""
    reset_probability: Probability = 0.0
    """Probability that a sequence begins without the state carried to it, so that the model also learns to begin."""
    dropout: Share = 0.2
    """Dropped outputs of every recurrent layer."""
    input_dropout: Share = 0.0
    """Dropped features of the symbols' vectors."""
    embedding_dropout: Share = 0.0
    """Symbols dropped whole, everywhere in a batch (Gal and Ghahramani, 2016)."""
    weight_dropout: Share = 0.0
    """Dropped recurrent weights (Merity et al., 2018)."""
    variational: bool = True
    """Whether dropout draws one mask for all steps of a sequence."""
    zoneout: Share = 0.0
    """Probability that a unit keeps its last state."""
    layer_norm: bool = False
    """Normalise inside the cell."""
    residual: bool = False
    """Add each layer's input to its output."""
    valid_fraction: Annotated[float, Range(0, 1, without_least=True, without_most=True)] = 0.1
    """Share of the end of the data to validate on, when no validation data is given."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "cell", self.cell in CELLS, f"one of {', '.join(CELLS)}")
