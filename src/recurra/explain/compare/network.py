"""The networks that are compared: the classifier's and regressor's network, over a window or any recurrence."""

from typing import Any

import torch
from torch import nn

from recurra.data.sequences.answers import Answers
from recurra.explain.compare import network_name
from recurra.explain.compare.config import ComparedConfig
from recurra.nn import Recurrent
from recurra.nn.recurrent.chrono import start_with_memory
from recurra.nn.unitary import Unitary
from recurra.nn.window import Window
from recurra.tasks.classification.network import SequenceNetwork


class ComparedNetwork(SequenceNetwork):
    """A window, a unitary or any other recurrence, and a linear head at the end or at every step.

    Args:
        symbols, features, marked, answers: as of `SequenceNetwork`.
        config: settings; `network` names what stands between.
    """

    longest: torch.Tensor

    def __init__(self, symbols: int, features: int, marked: int, answers: Answers, config: ComparedConfig):
        super().__init__(symbols, features, marked, answers, config)
        if symbols:
            nn.init.normal_(self.embedding.weight)  # few symbols, which are to be told apart from the beginning
        # how long the sequences are by now, where they grow; saved with the weights, so that a training can go on
        self.register_buffer("longest", torch.tensor(config.length))

    def _make_recurrence(self, width: int, config: Any) -> nn.Module:
        """Make what the name of the network says.

        Raises:
            DataError: it names none.
        """
        named = network_name.parse(config.network_name)
        if named.base == "mlp":
            return Window(width, config.hidden_size, config.window, config.num_layers)
        if named.base == "unitary":
            sizes = config.state_size or None, config.channels or None
            return Unitary(width, config.hidden_size, config.length, config.per_step, *sizes)
        assert named.cell is not None
        recurrence = Recurrent(
            named.cell,
            width,
            config.hidden_size,
            config.num_layers,
            batch_first=True,
            dropout=config.dropout,
            weight_dropout=config.weight_dropout,
            bidirectional=named.bidirectional,
            orthogonal="orthogonal" in named.options,
            layer_norm="norm" in named.options,
            forget_bias=1.0,
        )
        recurrence.copies_output = False
        if "identity" in named.options:
            _start_with_identity(recurrence)
        if "chrono" in named.options:
            start_with_memory(recurrence, config.length)
        return recurrence


@torch.no_grad()
def _start_with_identity(recurrence: Recurrent) -> None:
    """Let each gate begin with what the units were, and no bias."""
    for name, weight in recurrence.named_parameters():
        if name.startswith("weight_hh"):
            for rows in weight.split(recurrence.hidden_size):
                nn.init.eye_(rows)
        if name.startswith("bias"):
            weight.zero_()
