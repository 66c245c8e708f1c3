"""The layers that torch.nn has too: `Recurrent` with a cell chosen."""

from typing import Any

from recurra.nn.cells import GRUCell, LSTMCell, ReLUCell, RNNCell
from recurra.nn.recurrent.stack import Recurrent


class RNN(Recurrent):
    """The simple recurrent network (Elman, 1990); takes the place of torch.nn.RNN.

    Args:
        input_size, hidden_size, num_layers: as of `Recurrent`.
        nonlinearity: "tanh", or "relu" (Le et al., 2015).
        args, settings: all else that `Recurrent` takes, in torch.nn.RNN's order; but no `proj_size`.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        *args: Any,
        **settings: Any,
    ):
        cells = {"tanh": RNNCell, "relu": ReLUCell}
        if nonlinearity not in cells:
            raise ValueError(f"nonlinearity: expected one of {sorted(cells)}, got {nonlinearity!r}")
        super().__init__(cells[nonlinearity], input_size, hidden_size, num_layers, *args, **settings)
        if self.proj_size:
            raise ValueError("proj_size: expected 0 for RNN; only an LSTM or a cell of your own projects")
        self.nonlinearity = nonlinearity


class LSTM(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997); takes the place of torch.nn.LSTM.

    The state is (h, c): the output and the memory. Its equations are in `recurra.nn.LSTMCell`.

    Args:
        input_size, hidden_size: as of `Recurrent`.
        args, settings: all else that `Recurrent` takes, in torch.nn.LSTM's order.
    """

    def __init__(self, input_size: int, hidden_size: int, *args: Any, **settings: Any):
        super().__init__(LSTMCell, input_size, hidden_size, *args, **settings)


class GRU(Recurrent):
    """Gated recurrent unit (Cho et al., 2014); takes the place of torch.nn.GRU.

    The state is h alone. Its equations are in `recurra.nn.GRUCell`.

    Args:
        input_size, hidden_size: as of `Recurrent`.
        args, settings: all else that `Recurrent` takes, in torch.nn.GRU's order.
    """

    def __init__(self, input_size: int, hidden_size: int, *args: Any, **settings: Any):
        super().__init__(GRUCell, input_size, hidden_size, *args, **settings)
