"""The gradients of a cell that a model calls step by step, found in the model's own graph."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from recurra.explain.gradients.half_life import fading
from recurra.explain.gradients.layer_gradients import LayerGradients, SingularValues
from recurra.explain.gradients.saturation import saturated_shares
from recurra.explain.gradients.singular_values import MOST_STATES, count_of_jacobians, evenly_spaced, spectra
from recurra.explain.recorded_calls import CellSteps, states_after
from recurra.explain.unrolled import named_values
from recurra.explain.unrolled.cell_steps import SUFFIX

_SEED = 0


def measure_cell(call: CellSteps, label: str) -> LayerGradients:
    """Measure a cell, once the backward pass has come through and while its graph is there."""
    values = {name.removesuffix(SUFFIX): value.flatten(0, 1) for name, value in named_values(call).items()}
    states = tuple(call.states[0])
    return LayerGradients(
        name=label,
        kind=call.kind,
        by_step={name: [_mean_norm(grads.get(name)) for grads in call.grads] for name in states},
        fading=fading(_ratios_by_distance(call)),
        singular_values=_singular_values(call),
        saturated=saturated_shares(call.kind, values, states),
    )


def _mean_norm(gradient: Tensor | None) -> float:
    """Norm of a gradient, (B, ...), as the mean over the sequences; 0 for none."""
    if gradient is None:
        return 0.0
    rows = gradient.flatten(1) if gradient.dim() > 1 else gradient.unsqueeze(0)
    return float(torch.linalg.vector_norm(rows, dim=-1, dtype=torch.float64).mean())


def _ratios_by_distance(call: CellSteps) -> list[float]:
    """Norm of what stands at the last step alone, by the distance from it."""
    steps = [states["h"] for states in call.states]
    last = steps[-1]
    seed = torch.randn(last.shape, generator=torch.Generator().manual_seed(_SEED)).to(last)
    seed = torch.nn.functional.normalize(seed, dim=-1)
    grads = torch.autograd.grad(last, steps, seed, retain_graph=True, allow_unused=True)
    return [_mean_norm(grad) for grad in reversed(grads)]


def _singular_values(call: CellSteps) -> SingularValues | None:
    """At evenly spaced steps of the first sequence; None where it is not known which argument is the state."""
    states = call.states[0].values()
    numbers = sum(math.prod(state.shape[1:] if state.dim() > 1 else state.shape) for state in states)
    if numbers > MOST_STATES or call.steps < 2:
        return None
    # before the first step the state may be missing
    steps = [step + 1 for step in evenly_spaced(call.steps - 1, count_of_jacobians(numbers))]
    jacobians = [_jacobian(call, step) for step in steps]
    known = [jacobian for jacobian in jacobians if jacobian is not None]
    spectrum = spectra(torch.stack(known).detach()) if len(known) == len(steps) else None
    return None if spectrum is None else SingularValues(steps, *spectrum)


def _jacobian(call: CellSteps, step: int) -> Tensor | None:
    """Of one step: the cell called on a batch of copies of the first sequence, one a row; None as above."""
    before = list(call.states[step - 1].values())
    if before[0].dim() < 2:
        return None
    parts = [state[0].detach().flatten() for state in before]
    flat = torch.cat(parts)  # (S,)
    copies = flat.repeat(len(flat), 1).requires_grad_()  # (S, S)
    columns = copies.split([len(part) for part in parts], -1)
    rows = [column.reshape(-1, *state.shape[1:]) for column, state in zip(columns, before, strict=True)]
    args, kwargs = call.arguments[step]
    count = 0

    def replaced(leaf: Any) -> Any:
        nonlocal count
        if not isinstance(leaf, Tensor):
            return leaf
        for state, copy in zip(before, rows, strict=True):
            if leaf.data_ptr() == state.data_ptr() and leaf.shape == state.shape:
                count += 1
                return copy
        is_batched = leaf.dim() > 1 and len(leaf) == call.sequences
        return leaf[:1].detach().expand(len(flat), *leaf.shape[1:]) if is_batched else leaf.detach()

    args, kwargs = tree_map(replaced, (args, kwargs))
    if count != len(before):
        return None
    with torch.enable_grad():
        result = states_after(call.module, call.module.forward(*args, **kwargs))
        after = torch.cat([state.flatten(1) for state in result.values()], -1)  # (S, S)
    (jacobian,) = torch.autograd.grad(after, copies, torch.eye(len(flat), dtype=after.dtype, device=after.device))
    return jacobian
