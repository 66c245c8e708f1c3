"""Settings of classifiers and regressors of sequences."""

from dataclasses import dataclass
from typing import Any, Literal

from recurra.data.sequences.table_columns import ColumnNames
from recurra.nn.cells import CELLS
from recurra.training.ranges import (
    Count,
    Epochs,
    Layers,
    NotNegative,
    Positive,
    Share,
    Size,
    SizeOrZero,
    VocabularySize,
)
from recurra.training.settings import TrainingConfig, require


@dataclass(kw_only=True)
class SequenceConfig(TrainingConfig):
    """Settings of a network that reads sequences and answers."""

    epochs: Epochs = 30
    """Passes over the training data."""
    batch_size: Count = 32
    """Sequences learnt from at once, over all processes."""
    learning_rate: Positive = 3e-3
    """Size of the steps, at their largest."""
    cell: str = "lstm"
    """Recurrent cell: rnn, lstm or gru."""
    activation: Literal["tanh", "relu"] = "tanh"
    """Of the rnn cell."""
    hidden_size: Size = 128
    """Units of each recurrent layer and direction."""
    num_layers: Layers = 1
    """Recurrent layers, one on another."""
    bidirectional: bool = True
    """Whether a second recurrence reads from the end."""
    pooling: Literal["last", "mean", "max", "attention"] = "last"
    """What the answer is read from: the last state, or the outputs of all steps."""
    every_step: bool = False
    """Whether there is an answer at every step."""
    dropout: Share = 0.2
    """Dropped outputs of every recurrent layer, and of what the answer is read from."""
    input_dropout: Share = 0.0
    """Dropped inputs: features, or of texts the numbers of the symbols' vectors."""
    noise: NotNegative = 0.0
    """Deviation of noise added to standardized features in training."""
    standardize: bool = True
    """Whether features are centred and scaled by what they are like in the training data."""
    tokenizer: Literal["auto", "char", "word", "bpe"] = "auto"
    """Symbols of texts; auto takes characters where most texts are one word, else words."""
    vocabulary_size: VocabularySize = 0
    """Symbols at most; 0 means all characters, 10,000 words, or 4,096 byte pairs."""
    lowercase: bool = False
    """Whether texts are read in small letters."""
    embedding_size: SizeOrZero = 0
    """Size of the symbols' vectors; 0 takes hidden_size."""
    valid_fraction: Share = 0.1
    """Share of the data held out to choose the best weights by, when no validation data is given and there are at
    least 100 examples; 0 learns from all, and keeps the weights of the epoch with the lowest training loss."""

    label: str = ""
    """Column of a table, or key of JSON lines, that is to be answered; where empty, the one called label, class or
    target."""
    group: str = ""
    """Column that names the sequence a row is a step of; where empty, the one called sequence or id."""
    time: str = ""
    """Column that orders the steps of a sequence; without a column that names sequences, all rows of a file are one."""
    text: str = ""
    """Column, or key, of the texts to read; where empty, the one called text or sentence."""
    ignore: str = ""
    """Columns of a table to leave out, between commas."""

    @property
    def column_names(self) -> ColumnNames:
        """The columns of tables that were named."""
        return ColumnNames(self.label, self.group, self.time, self.text, self.ignore, self.every_step)

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "cell", self.cell in CELLS, f"one of {', '.join(CELLS)}")


@dataclass(kw_only=True)
class SequenceClassifierConfig(SequenceConfig):
    """Settings of a classifier."""

    class_weight: Any = None
    """How much each class counts: None, all alike; "balanced", in inverse proportion to how often it comes; or a
    dictionary of weights by class."""
    label_smoothing: Share = 0.0
    """Share of each answer that is spread over all classes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        weight = self.class_weight
        fits = (
            weight is None or isinstance(weight, dict) or (isinstance(weight, str) and weight in ("none", "balanced"))
        )
        require(self, "class_weight", fits, "None, 'balanced' or weights by class")
