"""Training on very long sequences: keep a state every so many steps, and compute what lies between again for gradients.

Chen et al., 2016, "Training deep nets with sublinear memory cost"; Gruslys et al., 2016, for recurrent networks.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

States = tuple[Tensor, ...]
RunRows = Callable[[Tensor, Tensor | None, Sequence[Tensor], States], tuple[Tensor, States]]
RunPadded = Callable[[Tensor, Any, Tensor | None], tuple[Tensor, Any]]

_again = partial(checkpoint, use_reentrant=False)


def rows(
    run: RunRows, x: Tensor, batch_sizes: Tensor | None, states: States, weights: Sequence[Tensor], every: int
) -> tuple[Tensor, States]:
    """Run a layer of one direction over pieces of `every` steps. Differentiable once.

    Args:
        run: takes x and batch_sizes of a piece, the weights, and the states (1, B, H) before it; gives the piece's
            outputs and final states.
        x: (T, B, I), or packed rows (N, I) with `batch_sizes`.
        batch_sizes: sequences alive at each step, or None.
        states: (1, B, H) each.
        weights: all that the piece's results depend on besides.
        every: steps of a piece.
    """
    apply: Callable[..., tuple[Tensor, ...]] = _Rows.apply
    y, *final = apply(run, every, batch_sizes, len(states), x, *states, *weights)
    return y, tuple(final)


def _pieces(x: Tensor, batch_sizes: Tensor | None, every: int) -> list[tuple[slice, Tensor | None, int]]:
    """Where each piece lies along the first dimension of x, its batch_sizes, and its sequences."""
    if batch_sizes is None:
        return [(slice(t, t + every), None, x.shape[1]) for t in range(0, len(x), every)]
    pieces, first = [], 0
    for alive in batch_sizes.split(every):
        count = int(alive.sum())
        pieces.append((slice(first, first + count), alive, int(alive[0])))
        first += count
    return pieces


class _Rows(torch.autograd.Function):
    """Forward keeps the states before each piece; backward runs each piece again, from the last to the first."""

    @staticmethod
    def forward(ctx: Any, run: Any, every: int, batch_sizes: Any, count: int, x: Tensor, *rest: Tensor) -> Any:
        states, weights = rest[:count], rest[count:]
        before: list[States] = []
        y: Tensor | None = None
        for where, alive, size in _pieces(x, batch_sizes, every):
            before.append(tuple(state[:, :size] for state in states))
            output, new = run(x[where], alive, weights, before[-1])
            states = tuple(torch.cat([now, old[:, size:]], 1) for now, old in zip(new, states, strict=True))
            y = output.new_empty((len(x), *output.shape[1:])) if y is None else y
            y[where] = output
        ctx.run, ctx.every, ctx.count, ctx.before, ctx.batch_sizes = run, every, count, before, batch_sizes
        ctx.save_for_backward(x, *weights)
        return y, *states

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad_y: Tensor, *grad_states: Tensor) -> tuple[Any, ...]:
        x, *weights = ctx.saved_tensors
        grad_x = torch.empty_like(x) if ctx.needs_input_grad[4] else None
        totals: list[Tensor | None] = [None] * len(weights)
        learnt = [n for n, needed in enumerate(ctx.needs_input_grad[5 + ctx.count :]) if needed]  # of the weights
        leaves = [weight.detach().requires_grad_(n in learnt) for n, weight in enumerate(weights)]
        pieces = list(zip(_pieces(x, ctx.batch_sizes, ctx.every), ctx.before, strict=True))
        for (where, alive, size), before in reversed(pieces):
            piece = x[where].detach().requires_grad_(grad_x is not None)
            states = [state.detach().requires_grad_() for state in before]
            with torch.enable_grad():
                y, final = ctx.run(piece, alive, leaves, tuple(states))
            inputs = [*states, *(leaves[n] for n in learnt), *([] if grad_x is None else [piece])]
            upstream = [grad_y[where], *(grad[:, :size] for grad in grad_states)]
            gradients = list(torch.autograd.grad([y, *final], inputs, upstream))
            of_states, of_weights = gradients[: ctx.count], gradients[ctx.count : ctx.count + len(learnt)]
            # a sequence that is not alive in this piece keeps the gradient that its state has had
            pairs = zip(of_states, grad_states, strict=True)
            grad_states = tuple(torch.cat([alive_part, g[:, size:]], 1) for alive_part, g in pairs)
            for n, grad in zip(learnt, of_weights, strict=True):
                total = totals[n]
                totals[n] = grad if total is None else total.add_(grad)
            if grad_x is not None:
                grad_x[where] = gradients[-1]
        return None, None, None, None, grad_x, *grad_states, *totals


def backwards(x: Tensor, batch_sizes: Tensor | None) -> Tensor:
    """Turn each sequence around, last step first; twice gives x again."""
    if batch_sizes is None:
        return x.flip(0)
    alive = batch_sizes.tolist()
    offsets = [0, *torch.cumsum(batch_sizes, 0).tolist()]
    lengths = [sum(n > b for n in alive) for b in range(alive[0])]
    order = [offsets[lengths[b] - 1 - t] + b for t, n in enumerate(alive) for b in range(n)]
    return x.index_select(0, torch.tensor(order, device=x.device))


def padded(
    run: RunPadded, x: Tensor, state: Any, lengths: Tensor | None, every: int, reverse: bool
) -> tuple[Tensor, Any]:
    """The same for a loop over padded steps: x (T, B, G), and `lengths` (B,) or None.

    `run` takes the steps of a piece, the state before it, and the real steps of each sequence in it.
    """
    pieces = list(enumerate(x.split(every)))
    outputs = []
    for number, piece in reversed(pieces) if reverse else pieces:
        lengths_here = None if lengths is None else (lengths - number * every).clamp(0, len(piece))
        output, state = _again(run, piece, state, lengths_here)
        outputs.append(output)
    return torch.cat(outputs[::-1] if reverse else outputs), state
