"""Series of any length made window after window, going on from rows that are given, and through gaps in them."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recurra.interruption import require_wanted
from recurra.tasks.series_gan.heads import harden
from recurra.tasks.series_gan.network import SeriesNetwork
from recurra.training.eager_optimizer import eager

_CANDIDATES, _REFINED, _STEPS, _RATE = 64, 4, 60, 0.05  # of a search for noise that makes the rows that are known
_PRIOR = 1e-4  # weight of the noise's own likelihood against squared errors
_OVERLAP = 0.5  # share of a window that is known, where a network does not go on from rows by itself


@dataclass(frozen=True)
class GivenSeries:
    """A series of which some rows are known.

    Attributes:
        rows: numbers of the rows, (T, F); those that are not known count for nothing.
        known: which are, (T,).
    """

    rows: np.ndarray
    known: np.ndarray


@torch.no_grad()
def make_series(network: SeriesNetwork, context: Tensor, lengths: np.ndarray, window: int) -> list[np.ndarray]:
    """Make series from their beginning on.

    Args:
        network: in evaluation mode.
        context: of each, (N, C).
        lengths: rows of each, (N,).
        window: rows that the network has learnt to make at once.

    Returns:
        The rows of each, (T, F), categories and marks as 0 and 1.
    """
    most = int(lengths.max())
    at_once = window if network.continues else most
    made: list[Tensor] = []
    before: Tensor | None = None
    for start in range(0, most, at_once):
        require_wanted()
        part = _make(network, min(at_once, most - start), context, before)
        made.append(part)
        before = torch.cat(made[-2:], 1)[:, -window:]
    rows = torch.cat(made, 1).cpu().numpy()
    return [part[:length] for part, length in zip(rows, lengths, strict=True)]


def _make(network: SeriesNetwork, steps: int, context: Tensor, before: Tensor | None) -> Tensor:
    noise = network.draw_noise(len(context), steps, context)
    return harden(network.make(noise, steps, context, before), network.features)


def complete_series(network: SeriesNetwork, given: GivenSeries, context: Tensor, window: int) -> np.ndarray:
    """Make the rows of a series that are not known, by those that are.

    Where the network goes on from rows by itself and nothing is known behind a gap, it does; else noise is searched for
    of which it makes the rows that are known around.

    Args:
        network: in evaluation mode.
        given: what is known.
        context: of the series, (1, C).
        window: rows that the network has learnt to make at once.

    Returns:
        All rows, (T, F), the known ones as they were.
    """
    rows, known = given.rows.astype(np.float32).copy(), given.known.copy()
    while not known.all():
        require_wanted()
        first = int(np.flatnonzero(~known)[0])
        start = first if network.continues else max(0, first - int(window * _OVERLAP))
        end = min(start + window, len(rows))
        before = torch.from_numpy(rows[max(0, start - window) : start])[None].to(context) if start else None
        inside = known[start:end]
        target = torch.from_numpy(rows[start:end])[None].to(context)
        if not inside.any():
            with torch.no_grad():
                made = _make(network, end - start, context, before)
        else:
            made = _search(network, target, torch.from_numpy(inside), context, before)
        rows[start:end][~inside] = made[0].cpu().numpy()[~inside]
        known[start:end] = True
    return rows


def _search(network: SeriesNetwork, target: Tensor, known: Tensor, context: Tensor, before: Tensor | None) -> Tensor:
    """Make a window (1, T, F) that is near to known rows of it: the best of many, and moved towards them."""
    steps = target.shape[1]
    wide = context.expand(_CANDIDATES, -1)
    read = None if before is None else before.expand(_CANDIDATES, -1, -1)
    noise = network.draw_noise(_CANDIDATES, steps, context)
    with torch.no_grad():
        errors = _errors(network.make(noise, steps, wide, read), target, known)
    if not network.is_differentiable:
        best = noise[errors.argmin()][None]
    else:
        best = _refined(network, noise[errors.topk(_REFINED, largest=False).indices], target, known, context, before)
    with torch.no_grad():
        return harden(network.make(best, steps, context, before), network.features)


def _refined(
    network: SeriesNetwork, noise: Tensor, target: Tensor, known: Tensor, context: Tensor, before: Tensor | None
) -> Tensor:
    """Move noise (N, ...) so that what is made of it is near to known rows; give the best of it, (1, ...)."""
    context = context.expand(len(noise), -1)
    before = None if before is None else before.expand(len(noise), -1, -1)
    moved = noise.clone().requires_grad_()
    optimizer = eager(torch.optim.Adam)([moved], _RATE)
    with torch.enable_grad():
        for _ in range(_STEPS):
            require_wanted()
            errors = _errors(network.make(moved, target.shape[1], context, before), target, known)
            loss = errors.sum() + _PRIOR * moved.square().flatten(1).mean(1).sum()
            (moved.grad,) = torch.autograd.grad(loss, moved)
            optimizer.step()
    with torch.no_grad():
        errors = _errors(network.make(moved, target.shape[1], context, before), target, known)
    return moved.detach()[errors.argmin()][None]


def _errors(made: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """The mean squared error of each window at the rows that are known, (N,)."""
    return (made - target)[:, known].square().flatten(1).mean(1)
