"""A cell of your own: write its equations, and it runs stacked, in both directions, as a stream, and in every task.

The minimal gated unit (Zhou et al., 2016) has one gate f for both duties of the GRU's two:

    f_t = sigmoid(W_f x_t + U_f h_{t-1} + b_f)
    n_t = tanh(W_n x_t + f_t * (U_n h_{t-1} + b_n))
    h_t = (1 - f_t) * h_{t-1} + f_t * n_t
"""

from typing import Any

import torch

import recurra
from recurra.nn.cells import CELLS, Cell, Gates


class MinimalGatedCell(Cell):
    """One gate; x and u hold the two products of a step by gate."""

    gates = ("f", "n")

    def forward(self, x: Gates, u: Gates, state: Gates) -> dict[str, torch.Tensor]:
        """Compute one step, (B, H) each."""
        f = torch.sigmoid(x["f"] + u["f"])
        n = torch.tanh(x["n"] + f * u["n"])
        h = (1 - f) * state["h"] + f * n
        return {"f": f, "n": n, "h": h}


def main(text: str = "python-docs", **settings: Any) -> None:
    layer = recurra.nn.Recurrent(MinimalGatedCell, 8, 16, num_layers=2, bidirectional=True, batch_first=True)
    x = torch.randn(3, 20, 8)  # (B, T, I)
    output, state = layer(x, lengths=torch.tensor([20, 5, 11]))
    print("outputs", tuple(output.shape), " final states", tuple(state.shape))  # type: ignore[union-attr]
    print("gate f of the first layer, backward, averaged:", layer.trace(x)["f_l0_reverse"].mean().item())

    CELLS["mgu"] = MinimalGatedCell  # a name for the settings of every task
    lm = recurra.LanguageModel(**{"cell": "mgu", "hidden_size": 64, "num_layers": 1, "epochs": 1} | settings)
    print(lm.fit(text).generate("The ", length=200, temperature=0.7, seed=1))


if __name__ == "__main__":
    main()
