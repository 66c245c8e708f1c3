"""Settings that the networks of several jobs share."""

from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from recurra.settings.bounds import Fraction, Layers, Size, SizeOrZero, VocabularySize
from recurra.settings.check import require
from recurra.settings.training import TrainingConfig

CELLS = ("rnn", "lstm", "gru")
"""The cells of `recurra.nn.cells.CELLS` by name, but for relu, which is the rnn with another activation."""


@dataclass(kw_only=True)
class RecurrentConfig(TrainingConfig):
    """Settings of recurrent layers."""

    cell: str = "lstm"
    """Recurrent cell: rnn, lstm, gru, or the name of one of your own in recurra.nn.cells.CELLS."""
    activation: Literal["tanh", "relu"] = "tanh"
    """Of the rnn cell."""
    hidden_size: Size = 128
    """Units of each recurrent layer and direction."""
    num_layers: Layers = 1
    """Recurrent layers, one on another."""
    dropout: Fraction = 0.2
    """Dropped outputs of every recurrent layer."""
    weight_dropout: Fraction = 0.0
    """Dropped recurrent weights, the same at every step of a batch (Merity et al., 2018)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cell not in CELLS:
            self._require_named_cell()

    def _require_named_cell(self) -> None:
        """Look for the cell among those that a person has named, which takes PyTorch."""
        named = [name for name in import_module("recurra.nn.cells").CELLS if name != "relu"]
        hint = "; relu is the activation of the cell rnn" if self.cell == "relu" else ""
        require(self, "cell", self.cell in named, f"one of {', '.join(named)}{hint}")


@dataclass(kw_only=True)
class SymbolConfig:
    """Settings of what turns texts into vectors."""

    tokenizer: Literal["char", "word", "bpe"] = "char"
    """Symbols: characters; words between white space; or byte pairs."""
    vocabulary_size: VocabularySize = 0
    """Symbols at most; 0 means all characters, 10,000 words, or 4,096 byte pairs."""
    embedding_size: SizeOrZero = 0
    """Size of the symbols' vectors; 0 takes hidden_size."""
