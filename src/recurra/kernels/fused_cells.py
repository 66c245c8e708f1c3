"""The cells that the kernels know, each in one record: all that Python knows of it.

Its arithmetic on vectors, forward and backward, is the struct of the same number in csrc/cells.h; the two are compared
when the compiled kernels are loaded. To add a cell, write both and name it in both tables (ARCHITECTURE.md shows it).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from recurra.kernels.short_sequences import SHORT_FOR_GRU, SHORT_FOR_RNN, ShortSequences

Gates = Sequence[Tensor]  # a tensor a gate, each (B, H)
States = tuple[Tensor, ...]  # h, or h and c, each (B, H)


@dataclass(frozen=True)
class FusedCell:
    """What the kernels must know of a cell.

    Attributes:
        number: of the cell's struct in csrc/cells.h.
        name: as in `torch.ops.recurra.recurrence`; for PyTorch's own cells, PyTorch's name of them.
        layer_cell: the class in recurra.nn.cells that has the same equations.
        equations: one step in plain torch: from the input products and the recurrent products, biases included, and
            the states before the step, to the states after it.
        gates: blocks of rows in the weight matrices.
        states: names of what is carried from step to step; "h" is the output, and there may be a memory "c".
        saved_per_unit: numbers that training keeps of each unit at each step for the backward pass.
        is_projectable: whether h may be projected to fewer units than the layer has.
        sums_products: whether the equations read nothing of the two products but their sum.
        torch_sequence, torch_step: PyTorch's own functions over a sequence and for one step; None where it has none.
        short_sequences: those for which PyTorch's own function is the faster; None for none.
        many_streams: from so many on a step gains by packed weights, though all numbers of large weights are looked at
            before it (benchmarks/changed_weights.py).
    """

    number: int
    name: str
    layer_cell: str
    equations: Callable[[Gates, Gates, States], States]
    gates: int
    states: tuple[str, ...]
    saved_per_unit: int
    is_projectable: bool = False
    sums_products: bool = True
    torch_sequence: Callable[..., tuple[Tensor, ...]] | None = None
    torch_step: Callable[..., Tensor | tuple[Tensor, ...]] | None = None
    short_sequences: ShortSequences | None = None
    many_streams: int = 8

    @property
    def has_memory(self) -> bool:
        """Whether a memory c is carried beside the output h."""
        return len(self.states) == 2


# --- equations, as in recurra.nn.cells, on gates in their order -------------------------------------------------------


def _tanh(x: Gates, u: Gates, states: States) -> States:
    return (torch.tanh(x[0] + u[0]),)


def _relu(x: Gates, u: Gates, states: States) -> States:
    return (torch.relu(x[0] + u[0]),)


def _lstm(x: Gates, u: Gates, states: States) -> States:
    i = torch.sigmoid(x[0] + u[0])
    f = torch.sigmoid(x[1] + u[1])
    g = torch.tanh(x[2] + u[2])
    o = torch.sigmoid(x[3] + u[3])
    c = f * states[1] + i * g
    return o * torch.tanh(c), c


def _gru(x: Gates, u: Gates, states: States) -> States:
    r = torch.sigmoid(x[0] + u[0])
    z = torch.sigmoid(x[1] + u[1])
    n = torch.tanh(x[2] + r * u[2])
    return ((1 - z) * n + z * states[0],)


# --- the table --------------------------------------------------------------------------------------------------------

_TABLE = (
    FusedCell(
        number=0,
        name="rnn_tanh",
        layer_cell="RNNCell",
        equations=_tanh,
        gates=1,
        states=("h",),
        saved_per_unit=0,
        torch_sequence=torch.rnn_tanh,
        torch_step=torch.rnn_tanh_cell,
        short_sequences=SHORT_FOR_RNN,
        many_streams=16,
    ),
    FusedCell(
        number=1,
        name="rnn_relu",
        layer_cell="ReLUCell",
        equations=_relu,
        gates=1,
        states=("h",),
        saved_per_unit=0,
        torch_sequence=torch.rnn_relu,
        torch_step=torch.rnn_relu_cell,
        short_sequences=SHORT_FOR_RNN,
        many_streams=16,
    ),
    FusedCell(
        number=2,
        name="lstm",
        layer_cell="LSTMCell",
        equations=_lstm,
        gates=4,
        states=("h", "c"),
        saved_per_unit=5,  # the activated gates and c
        is_projectable=True,
        torch_sequence=torch.lstm,
        torch_step=torch.lstm_cell,
    ),
    FusedCell(
        number=3,
        name="gru",
        layer_cell="GRUCell",
        equations=_gru,
        gates=3,
        states=("h",),
        saved_per_unit=4,  # the activated gates and n's recurrent product
        sums_products=False,  # the reset gate is multiplied into n's recurrent product
        torch_sequence=torch.gru,
        torch_step=torch.gru_cell,
        short_sequences=SHORT_FOR_GRU,
    ),
)

FUSED_CELLS: dict[str, FusedCell] = {cell.name: cell for cell in _TABLE}
