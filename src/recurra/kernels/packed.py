"""One step of a stream over weights packed for it: transposed once, so that a vector times them runs along memory."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from recurra.kernels.equations import EQUATIONS, GATES


class Packed(NamedTuple):
    """Weights of one layer and direction.

    product: (I + H, 4 H) for an LSTM and (I + H, H) for an RNN, over input and state side by side; (I, 3 H) for a GRU,
        whose reset gate needs the two products apart. bias: their bias, 0 where there is none.
    recurrent, recurrent_bias: (H, 3 H) and (3 H,), for a GRU only.
    """

    product: Tensor
    bias: Tensor
    recurrent: Tensor | None = None
    recurrent_bias: Tensor | None = None


def pack(mode: str, weights: Sequence[Tensor]) -> Packed:
    """Pack w_ih, w_hh[, b_ih, b_hh]; the result is a copy, which later changes of the weights do not reach."""
    w_ih, w_hh, *biases = (weight.detach() for weight in weights)
    b_ih, b_hh = biases or (w_ih.new_zeros(len(w_ih)),) * 2
    if mode == "gru":
        return Packed(w_ih.T.contiguous(), b_ih.clone(), w_hh.T.contiguous(), b_hh.clone())
    return Packed(torch.cat([w_ih, w_hh], 1).T.contiguous(), b_ih + b_hh)


def step(mode: str, x: Tensor, states: tuple[Tensor, ...], packed: Packed) -> tuple[Tensor, ...]:
    """Run one step: x (B, I), states (B, H) each; returns the new states. Not differentiable in the weights."""
    if packed.recurrent is None:
        x_and_u = torch.addmm(packed.bias, torch.cat([x, states[0]], 1), packed.product)
        gates = x_and_u.chunk(GATES[mode], -1)
        return EQUATIONS[mode](gates, [x_and_u.new_zeros(())] * len(gates), states)
    assert packed.recurrent_bias is not None
    products = (
        torch.addmm(packed.bias, x, packed.product),
        torch.addmm(packed.recurrent_bias, states[0], packed.recurrent),
    )
    of_input, of_state = (product.chunk(GATES[mode], -1) for product in products)
    return EQUATIONS[mode](of_input, of_state, states)
