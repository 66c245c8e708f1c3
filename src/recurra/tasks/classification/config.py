"""Settings of classifiers and regressors of sequences."""

from dataclasses import dataclass
from typing import Any, Literal

from recurra.data.sequences.column_names import ColumnNames
from recurra.settings.bounds import Count, Epochs, Fraction, NotNegative, Positive
from recurra.settings.check import require
from recurra.settings.network import RecurrentConfig, SymbolConfig


@dataclass(kw_only=True)
class SequenceConfig(SymbolConfig, RecurrentConfig):
    """Settings of a network that reads sequences and answers."""

    epochs: Epochs = 30
    batch_size: Count = 32
    """Sequences learnt from at once, over all processes."""
    learning_rate: Positive = 3e-3
    """Size of the steps, at their largest."""
    bidirectional: bool = True
    """Whether a second recurrence reads from the end."""
    pooling: Literal["last", "mean", "max", "attention"] = "last"
    """What the answer is read from: the last state, or the outputs of all steps."""
    per_step: bool = False
    """Whether there is an answer at every step."""
    dropout: Fraction = 0.2
    """Dropped outputs of every recurrent layer, and of what the answer is read from."""
    input_dropout: Fraction = 0.0
    """Dropped inputs: features, or of texts the numbers of the symbols' vectors."""
    noise: NotNegative = 0.0
    """Deviation of noise added to standardized features in training."""
    standardize: bool = True
    """Whether features are centred and scaled by what they are like in the training data."""
    tokenizer: Literal["auto", "char", "word", "bpe"] = "auto"  # type: ignore[assignment]  # one choice more
    """Symbols of texts; auto takes characters where most texts are one word, else words."""
    lowercase: bool = False
    """Whether texts are read in small letters."""
    valid_fraction: Fraction = 0.1
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
        return ColumnNames(self.label, self.group, self.time, self.text, self.ignore, self.per_step)


@dataclass(kw_only=True)
class SequenceClassifierConfig(SequenceConfig):
    """Settings of a classifier."""

    class_weight: Any = None
    """How much each class counts: None, all alike; "balanced", in inverse proportion to how often it comes; or a
    dictionary of weights by class."""
    label_smoothing: Fraction = 0.0
    """Share of each answer that is spread over all classes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        weight = self.class_weight
        fits = (
            weight is None or isinstance(weight, dict) or (isinstance(weight, str) and weight in ("none", "balanced"))
        )
        require(self, "class_weight", fits, "None, 'balanced' or weights by class")
