"""The layers that torch.nn has too: `Recurrent` with a cell chosen."""

from typing import Any

from recurra.nn.cells import GRUCell, LSTMCell, ReLUCell, RNNCell
from recurra.nn.recurrent.stack import Recurrent


class RNN(Recurrent):
    """The simple recurrent network; as torch.nn.RNN, with the further settings of `Recurrent`."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        *args: Any,
        **more: Any,
    ):
        cells = {"tanh": RNNCell, "relu": ReLUCell}
        if nonlinearity not in cells:
            raise ValueError(f"nonlinearity: expected one of {sorted(cells)}, got {nonlinearity!r}")
        super().__init__(cells[nonlinearity], input_size, hidden_size, num_layers, *args, **more)
        if self.proj_size:
            raise ValueError("proj_size: expected 0 for RNN; only an LSTM or a cell of your own projects")
        self.nonlinearity = nonlinearity


class LSTM(Recurrent):
    """Long short-term memory; as torch.nn.LSTM, with the further settings of `Recurrent`."""

    def __init__(self, input_size: int, hidden_size: int, *args: Any, **more: Any):
        super().__init__(LSTMCell, input_size, hidden_size, *args, **more)


class GRU(Recurrent):
    """Gated recurrent unit; as torch.nn.GRU, with the further settings of `Recurrent`."""

    def __init__(self, input_size: int, hidden_size: int, *args: Any, **more: Any):
        super().__init__(GRUCell, input_size, hidden_size, *args, **more)
