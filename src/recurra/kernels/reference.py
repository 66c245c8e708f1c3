"""The recurrence in plain torch: slow, obviously right, and open to any cell, type and device.

Whatever runs faster, compiled or from PyTorch, is held to this by the tests.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from recurra.kernels.fused_cells import FusedCell

States = dict[str, Tensor]
Advance = Callable[[Tensor, States], Mapping[str, Tensor]]
Record = dict[str, list[Tensor]]


def unroll(
    advance: Advance,
    x: Tensor,
    state: States,
    lengths: Tensor | None = None,
    reverse: bool = False,
    record: Record | None = None,
) -> tuple[Tensor, States]:
    """Carry a cell along a sequence: the loop over time, written once for every cell.

    Args:
        advance: one step: input product (B, G) and previous states (B, ...) to all named values of the step,
            the new states among them.
        x: input products of all steps, (T, B, G), the input bias included.
        state: the states before the first step by name, each (B, ...); the first named is the output "h".
        lengths: real steps of each sequence, (B,); beyond them states stand still and outputs are zero.
        reverse: walk from the last step to the first.
        record: where given, receives each named value of each step, in order of time.

    Returns:
        Outputs (T, B, H), and the states after the last real step.
    """
    products = list(enumerate(x.unbind()))  # not x[t], whose gradient is as large as x at every step
    outputs: list[Tensor] = []
    for t, product in reversed(products) if reverse else products:
        values = dict(advance(product, state))
        output = values["h"]
        if lengths is not None:
            mask = t < lengths  # (B,)
            output = torch.where(_as_wide(mask, output), output, torch.zeros_like(output))
            for name, before in state.items():
                values[name] = torch.where(_as_wide(mask, before), values[name], before)
        state = {name: values[name] for name in state}
        outputs.append(output)
        if record is not None:
            for name, value in values.items():
                record.setdefault(name, []).append(value)
    if reverse:
        outputs.reverse()
        for values_over_time in (record or {}).values():
            values_over_time.reverse()
    return torch.stack(outputs), state


def _as_wide(mask: Tensor, like: Tensor) -> Tensor:
    """A mask (B,) as (B, 1, ...), so that it stands for whole states."""
    return mask.view(-1, *[1] * (like.dim() - 1))


def sequence(
    cell: FusedCell,
    x: Tensor,
    batch_sizes: Tensor | None,
    weights: Sequence[Tensor],
    states: tuple[Tensor, ...],
    *,
    bias: bool,
    bidirectional: bool,
    symbols: Tensor | None = None,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one layer of a cell that the kernels know; arguments and results as of `kernels.sequence`."""
    x = x if symbols is None else F.embedding(symbols, x)
    lengths = None
    if batch_sizes is not None:
        x, lengths = pad_packed_sequence(PackedSequence(x, batch_sizes))  # (N, I) to (T, B, I)
    directions = 2 if bidirectional else 1
    count = len(weights) // directions
    outputs, finals = [], []
    for d in range(directions):
        of_direction = weights[d * count : (d + 1) * count]
        state = {name: part[d] for name, part in zip(cell.states, states, strict=True)}
        product = F.linear(x, of_direction[0], of_direction[2] if bias else None)  # (T, B, G H)
        output, final = unroll(_advance(cell, of_direction, bias), product, state, lengths, reverse=d == 1)
        outputs.append(output)
        finals.append(final)
    y = torch.cat(outputs, -1)  # (T, B, D P)
    if lengths is not None:
        y = pack_padded_sequence(y, lengths).data  # (N, D P)
    return y, tuple(torch.stack([final[name] for final in finals]) for name in cell.states)


def step(
    cell: FusedCell, x: Tensor, states: tuple[Tensor, ...], weights: Sequence[Tensor | None]
) -> tuple[Tensor, ...]:
    """Run one step of one layer: x (B, I), states (B, H), weights w_ih, w_hh, b_ih, b_hh; returns the new states."""
    w_ih, w_hh, b_ih, b_hh = weights
    assert w_ih is not None
    assert w_hh is not None
    return _equations(cell, F.linear(x, w_ih, b_ih), F.linear(states[0], w_hh, b_hh), states)


def _advance(cell: FusedCell, weights: Sequence[Tensor], bias: bool) -> Advance:
    """One step of such a cell, over w_ih, w_hh[, b_ih, b_hh][, w_hr]."""
    projection = weights[4 if bias else 2 :]

    def advance(x: Tensor, state: States) -> Mapping[str, Tensor]:
        product = F.linear(state["h"], weights[1], weights[3] if bias else None)
        h, *memory = _equations(cell, x, product, tuple(state.values()))
        h = F.linear(h, projection[0]) if projection else h
        return dict(zip(state, (h, *memory), strict=True))

    return advance


def _equations(cell: FusedCell, x: Tensor, u: Tensor, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The states after a step, from the products of all gates, (B, G H) each."""
    return cell.equations(x.chunk(cell.gates, -1), u.chunk(cell.gates, -1), states)
