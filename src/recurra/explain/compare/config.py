"""Settings of each training of a comparison."""

from dataclasses import dataclass
from typing import Literal

from recurra.settings.bounds import Count, CountOrZero, Epochs, Fraction, NotNegative, Positive, SizeOrZero
from recurra.tasks.classification.config import SequenceConfig


@dataclass(kw_only=True)
class ComparedConfig(SequenceConfig):
    """Settings of a training that is compared with others."""

    network_name: str = "gru"
    """What is trained: mlp, rnn, bilstm, rnn+clip+orthogonal, my_cells.py:MyCell and so on."""
    task: str = ""
    """The generated task; where empty, data are learnt from that somebody named."""
    length: Count = 50
    """Of the task; sequences of a person's own are cut to so many steps."""
    shortest: CountOrZero = 0
    """If not 0, the lengths within a batch are drawn between this and length."""
    growing: bool = False
    """Whether a training begins with short sequences, takes longer ones whenever it has solved these, and shorter ones
    again when it has forgotten how."""
    window: Count = 10
    """Steps that the mlp sees."""
    state_size: SizeOrZero = 0
    """Complex numbers in the state of the unitary network; 0 takes hidden_size."""
    channels: SizeOrZero = 0
    """Width of what the unitary network reads from each step; 0 takes hidden_size."""
    steps_per_epoch: Count = 100
    """Batches of a generated task between two evaluations."""
    validation_sequences: Count = 500
    """Sequences of a generated task that are scored in an evaluation."""
    test_sequences: Count = 1000
    """Sequences of a generated task that are scored in the end."""
    target_loss: NotNegative = 0.0
    """Loss on the sequences to validate on at which a training on a generated task ends; 0 takes the task's own."""
    epochs: Epochs = 20
    batch_size: Count = 32
    """Sequences learnt from at once."""
    learning_rate: Positive = 1e-2
    """Size of the steps, at their largest."""
    hidden_size: Count = 64
    """Units of each layer and direction."""
    schedule: Literal["cosine", "linear", "constant", "plateau"] = "cosine"
    dropout: Fraction = 0.0
    clip_norm: float = 0.0
    """Set by the network's +clip."""
    bidirectional: bool = False
    """Set by the network's name."""
    threads: int = 1
