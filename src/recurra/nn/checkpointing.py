"""Training on very long sequences: keep a state every so many steps, and compute what lies between again for gradients.

Chen et al., 2016, "Training deep nets with sublinear memory cost"; Gruslys et al., 2016, for recurrent networks.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

States = tuple[Tensor, ...]
RunRows = Callable[[Tensor, Tensor | None, States], tuple[Tensor, States]]
RunPadded = Callable[[Tensor, Any, Tensor | None], tuple[Tensor, Any]]

_again = partial(checkpoint, use_reentrant=False)


def rows(run: RunRows, x: Tensor, batch_sizes: Tensor | None, states: States, every: int) -> tuple[Tensor, States]:
    """Run a layer of one direction over pieces of `every` steps.

    Args:
        run: takes x, batch_sizes and states (1, B, H) of a piece; gives its outputs and final states.
        x: (T, B, I), or packed rows (N, I) with `batch_sizes`.
        batch_sizes: sequences alive at each step, or None.
        states: (1, B, H) each.
        every: steps of a piece.
    """
    if batch_sizes is None:
        pieces: list[tuple[Tensor, Tensor | None]] = [(piece, None) for piece in x.split(every)]
    else:
        alive = batch_sizes.split(every)
        pieces = list(zip(x.split([int(part.sum()) for part in alive]), alive, strict=True))
    outputs = []
    for piece, sizes in pieces:
        count = states[0].shape[1] if sizes is None else int(sizes[0])
        output, new = _again(run, piece, sizes, tuple(state[:, :count] for state in states))
        states = tuple(torch.cat([now, old[:, count:]], 1) for now, old in zip(new, states, strict=True))
        outputs.append(output)
    return torch.cat(outputs), states


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
        real = None if lengths is None else (lengths - number * every).clamp(0, len(piece))
        output, state = _again(run, piece, state, real)
        outputs.append(output)
    return torch.cat(outputs[::-1] if reverse else outputs), state
