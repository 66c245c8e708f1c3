"""The cells, each as its equations: what one step computes from the input, the last state and the weights.

A cell holds no weight matrices: the layer (`recurra.nn.Recurrent`) owns them, forms the two products of a step and
hands them over split by gate. To write a cell of your own, subclass `Cell`, name its gates and states, and write
`forward`.
"""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

Gates = Mapping[str, Tensor]


class Cell(nn.Module):
    """The equations of one step.

    Attributes:
        gates: names of the row blocks of the weight matrices, in order. `gate_sizes` says how many rows each has.
        states: names of what is carried from step to step, in the order in which the layer takes and returns it;
            the first is "h", the output. `state_shapes` says how large they are.
        projectable: whether the layer may project h to `proj_size` units; not where the equations mix h with a gate,
            which has `hidden_size`.

    Args:
        hidden_size: units H, for cells that hold parameters of their own.
        layer_norm: whether the layer normalises; a cell may normalise further inside.
    """

    gates: ClassVar[tuple[str, ...]] = ("h",)
    states: ClassVar[tuple[str, ...]] = ("h",)
    projectable: ClassVar[bool] = True

    def __init__(self, hidden_size: int, *, layer_norm: bool = False):
        super().__init__()
        self.hidden_size = hidden_size

    def gate_sizes(self) -> dict[str, int]:
        """Rows of each gate, by name in the order of `gates`: H each, where a cell does not say otherwise."""
        return dict.fromkeys(self.gates, self.hidden_size)

    def state_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each state of one sequence, by name in the order of `states`: (H,) each.

        A cell with another memory says so here: {"h": (H,), "C": (D, D)} for a matrix, {"h": (H,), "m": ()} for a
        number. "h" is (H,), since the layer multiplies it with weights. The layer carries states as (L D, B, ...),
        zeros at the start, and holds them where a sequence has ended.
        """
        return dict.fromkeys(self.states, (self.hidden_size,))

    def forward(self, x: Gates, u: Gates, state: Gates) -> dict[str, Tensor]:
        """Compute one step.

        Args:
            x: input product W_x x_t + b_x by gate, each (B, H), or as wide as `gate_sizes` says.
            u: recurrent product W_h h_{t-1} + b_h by gate, likewise.
            state: previous states by name, each (B, ...) as `state_shapes` says.

        Returns:
            Every new state by name, and besides whatever else of the step should be visible in a trace.
        """
        raise NotImplementedError(f"{type(self).__name__} must define forward(x, u, state)")


class RNNCell(Cell):
    """The simple cell (Elman, 1990).

    h_t = tanh(W_x x_t + W_h h_{t-1} + b)
    """

    def forward(self, x: Gates, u: Gates, state: Gates) -> dict[str, Tensor]:
        """Give the new h, (B, H)."""
        h = torch.tanh(x["h"] + u["h"])
        return {"h": h}


class ReLUCell(Cell):
    """The simple cell with a rectifier (Le et al., 2015).

    h_t = relu(W_x x_t + W_h h_{t-1} + b)
    """

    def forward(self, x: Gates, u: Gates, state: Gates) -> dict[str, Tensor]:
        """Give the new h, (B, H)."""
        h = torch.relu(x["h"] + u["h"])
        return {"h": h}


class LSTMCell(Cell):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997), with a forget gate (Gers et al., 2000).

    A memory c beside the output h; it is only ever scaled by f and added to, so that gradients reach far back:

        i_t, f_t, o_t = sigmoid(W_i [x_t, h_{t-1}]), sigmoid(W_f [x_t, h_{t-1}]), sigmoid(W_o [x_t, h_{t-1}])
        g_t = tanh(W_g [x_t, h_{t-1}])
        c_t = f_t * c_{t-1} + i_t * g_t
        h_t = o_t * tanh(c_t)

    each product with its biases. With `layer_norm`, c_t is normalised before its tanh.
    """

    gates = ("i", "f", "g", "o")
    states = ("h", "c")

    def __init__(self, hidden_size: int, *, layer_norm: bool = False):
        super().__init__(hidden_size, layer_norm=layer_norm)
        self.norm_c = nn.LayerNorm(hidden_size) if layer_norm else nn.Identity()

    def forward(self, x: Gates, u: Gates, state: Gates) -> dict[str, Tensor]:
        """Give the new h and c, and the gates i, f, g, o, each (B, H)."""
        i = torch.sigmoid(x["i"] + u["i"])
        f = torch.sigmoid(x["f"] + u["f"])
        g = torch.tanh(x["g"] + u["g"])
        o = torch.sigmoid(x["o"] + u["o"])
        c = f * state["c"] + i * g
        h = o * torch.tanh(self.norm_c(c))
        return {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}


class GRUCell(Cell):
    """Gated recurrent unit (Cho et al., 2014), with the reset gate after the product as in cuDNN and PyTorch.

    No memory apart; z weighs what h was against what it may become, and r what of h the new part reads:

        r_t, z_t = sigmoid(W_r [x_t, h_{t-1}]), sigmoid(W_z [x_t, h_{t-1}])
        n_t = tanh(W_n x_t + b_n + r_t * (U_n h_{t-1} + c_n))
        h_t = (1 - z_t) * n_t + z_t * h_{t-1}

    each product with its biases. h is mixed with n, so it cannot be projected.
    """

    gates = ("r", "z", "n")
    projectable = False

    def forward(self, x: Gates, u: Gates, state: Gates) -> dict[str, Tensor]:
        """Give the new h, and the gates r, z, n, each (B, H)."""
        r = torch.sigmoid(x["r"] + u["r"])
        z = torch.sigmoid(x["z"] + u["z"])
        n = torch.tanh(x["n"] + r * u["n"])
        h = (1 - z) * n + z * state["h"]
        return {"r": r, "z": z, "n": n, "h": h}


CELLS: dict[str, type[Cell]] = {"rnn": RNNCell, "relu": ReLUCell, "lstm": LSTMCell, "gru": GRUCell}


def cell_class(name: str, activation: str = "tanh") -> type[Cell]:
    """The cell that settings name.

    Args:
        name: in `CELLS`.
        activation: of the rnn, "tanh" or "relu"; nothing to the other cells.
    """
    return CELLS["relu" if (name, activation) == ("rnn", "relu") else name]


"""Cells by the name that settings use; put a cell of your own here to name it in any task."""
