"""The gradients of a recorded layer measured: along time, by distance, and through one step."""

from dataclasses import replace

import torch
from torch import Tensor

from recurra.explain.gradients.half_life import fading
from recurra.explain.gradients.layer_gradients import LayerGradients
from recurra.explain.gradients.saturation import saturated_shares
from recurra.explain.gradients.singular_values import evenly_spaced, singular_values
from recurra.explain.recorded_calls import LayerCall
from recurra.explain.unrolled import StateGradients, UnrolledDirection, UnrolledLayer, unroll

_SEED = 0
_LEAST_NORM = 1e-17
_MOST_STEPS = 16  # at which gates are looked at for saturation


def measure_layer(call: LayerCall, layers: list[UnrolledLayer], label: str) -> list[LayerGradients]:
    """Measure all layers and directions of a recorded call, once the backward pass has come through.

    Args:
        call: of a layer.
        layers: the same unrolled.
        label: what the layer is called.

    Returns:
        Layers from the bottom up, the forward direction of each first.
    """
    by_direction = _gradients(call, layers)
    return [
        _measured(call, direction, gradients, _name(call, direction, label)) for direction, gradients in by_direction
    ]


def measure_chain(
    chain: list[LayerCall], whole: LayerCall, layers: list[UnrolledLayer], label: str
) -> list[LayerGradients]:
    """Measure calls of a layer that go on from each other.

    Args:
        chain: the calls; the gradients of their states also come from what the model does between them.
        whole: the same as one call (`chains.joined`).
        layers: `whole` unrolled.
        label: what the layer is called.
    """
    measured = measure_layer(whole, layers, label)
    by_step: list[dict[str, list[float]]] = [{name: [] for name in layer.by_step} for layer in measured]
    for call in chain:
        for norms, (direction, gradients) in zip(by_step, _gradients(call, unroll(call)), strict=True):
            for name, grad in gradients.of_states.items():
                norms[name] += _norms_by_step(direction, grad)
    return [replace(layer, by_step=norms) for layer, norms in zip(measured, by_step, strict=True)]


def _gradients(call: LayerCall, layers: list[UnrolledLayer]) -> list[tuple[UnrolledDirection, StateGradients]]:
    """The gradients of all states, from the top layer down; given back from the bottom up."""
    by_layer = list[list[tuple[UnrolledDirection, StateGradients]]]()
    of_above = torch.zeros_like(call.output) if call.output_grad is None else call.output_grad  # (T, B, D P)
    for layer in reversed(layers):
        of_outputs = layer.gradient_of_outputs(of_above)
        of_layer = list[tuple[UnrolledDirection, StateGradients]]()
        of_inputs = [of_outputs] if layer.is_residual else []
        for direction, part in zip(layer.directions, of_outputs.chunk(call.directions, -1), strict=True):
            gradients = direction.gradients(
                direction.in_time(part), _final_gradients(call, direction), _seed(direction, part), layer.number > 0
            )
            if gradients.of_input is not None:
                of_inputs.append(direction.in_time(gradients.of_input))
            of_layer.append((direction, gradients))
        by_layer.append(of_layer)
        if layer.number > 0:
            of_above = torch.stack(of_inputs).sum(0)  # (T, B, F)
    return [pair for of_layer in reversed(by_layer) for pair in of_layer]


def _final_gradients(call: LayerCall, direction: UnrolledDirection) -> dict[str, Tensor | None]:
    """What the caller's use of the final states adds, by the name of the state."""
    grads = {}
    for name, grad in zip(call.stack.state_names, call.final_grads, strict=True):
        grads[name] = None if grad is None else grad[direction.index]
    return grads


def _seed(direction: UnrolledDirection, like: Tensor) -> Tensor:
    """A fixed random direction of length 1 for each probed sequence, (S, P)."""
    generator = torch.Generator().manual_seed(_SEED)
    seed = torch.randn(len(direction.probed), like.shape[-1], generator=generator).to(like)
    return torch.nn.functional.normalize(seed, dim=-1)


def _name(call: LayerCall, direction: UnrolledDirection, label: str) -> str:
    parts = [label]
    if call.layers > 1:
        parts.append(f"layer {direction.layer}")
    if call.directions > 1:
        parts.append("backward" if direction.reverse else "forward")
    return " ".join(parts)


def _measured(call: LayerCall, direction: UnrolledDirection, gradients: StateGradients, name: str) -> LayerGradients:
    by_step = {state: _norms_by_step(direction, grad) for state, grad in gradients.of_states.items()}
    steps = evenly_spaced(len(direction.x), _MOST_STEPS)
    return LayerGradients(
        name=name,
        kind=call.kind,
        by_step=by_step,
        fading=fading(_ratios_by_distance(direction, gradients.from_the_end)),
        singular_values=singular_values(direction),
        saturated=saturated_shares(call.kind, _real_values(direction, steps), call.stack.state_names),
        error=direction.error_at(steps),
    )


def _real_values(direction: UnrolledDirection, steps: list[int]) -> dict[str, Tensor]:
    """States and gates at some steps, without padding, (N, ...); of h all steps, since a unit may wake at any."""
    values, mask = direction.values_at(steps), direction.mask
    real_values = {}
    for name, value in (values | {"h": direction.states["h"]}).items():
        if mask is None:
            real_values[name] = value.flatten(0, 1)
        else:
            real_values[name] = value[mask if name == "h" else mask[steps]]
    return real_values


def _norms(gradients: Tensor) -> Tensor:
    """Norm of each step and sequence, (T, B), in double precision."""
    rows = gradients.reshape(*gradients.shape[:2], -1)
    norms: Tensor = torch.linalg.vector_norm(rows, dim=-1)
    if norms.numel() and not (float(norms.min()) > _LEAST_NORM and float(norms.max()) < 1 / _LEAST_NORM):
        # squares of single precision vanish or overflow; in double precision it takes several times as long
        norms = torch.linalg.vector_norm(rows, dim=-1, dtype=torch.float64)
    return norms.double()


def _norms_by_step(direction: UnrolledDirection, gradients: Tensor) -> list[float]:
    """Norm after each step in the order of time, as the mean over the sequences that have the step."""
    norms, mask = _norms(gradients), direction.mask
    if mask is None:
        return direction.in_time(norms).mean(1).tolist()
    norms = direction.in_time(norms.masked_fill(~mask, 0.0))
    counts = mask.sum(1)  # (T,)
    return [float(total / count) for total, count in zip(norms.sum(1), counts, strict=True) if count]


def _ratios_by_distance(direction: UnrolledDirection, from_the_end: Tensor) -> list[float]:
    """Norm at each distance from a sequence's last step, as a part of that at distance 0, which is 1."""
    norms = _norms(from_the_end)
    if direction.lengths is None:
        return norms.flip(0).mean(1).tolist()
    last, probed = direction.last_steps()[0][direction.probed], torch.arange(len(direction.probed))
    distances = torch.arange(len(norms), device=norms.device).unsqueeze(-1)  # (T, 1)
    steps = last - distances  # (T, S)
    aligned = torch.where(steps >= 0, norms[steps.clamp(min=0), probed], 0.0)
    counts = (steps >= 0).sum(1)
    return [float(total / count) for total, count in zip(aligned.sum(1), counts, strict=True) if count]
