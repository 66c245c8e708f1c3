"""The gradients of a model measured on a batch."""

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from recurra.explain.chains import chains, joined
from recurra.explain.gradients import finite
from recurra.explain.gradients.explanation import GradientExplanation
from recurra.explain.gradients.layer_gradients import LayerGradients
from recurra.explain.gradients.measure_cell import measure_cell
from recurra.explain.gradients.measure_layer import measure_chain, measure_layer
from recurra.explain.gradients.probe_loss import MEANING, probe_loss
from recurra.explain.model_call import Loss, loss_of, require_gradient, run
from recurra.explain.recorded_calls import CellSteps, LayerCall, RecurrentCall
from recurra.explain.recording import Recorder
from recurra.explain.unchanged import unchanged
from recurra.explain.unrolled import UnrolledLayer, unroll
from recurra.nn.device import device_of
from recurra.nn.double_backward import twice_differentiable


def measure(model: nn.Module, batch: Any, loss: Loss | None, cells: Collection[Any]) -> GradientExplanation:
    """Run a model on a batch forward and back, and measure the gradients of its recurrent layers.

    Arguments and errors as of `recurra.explain.gradients`. On a GPU cuDNN is off meanwhile: it has no gradients outside
    training, rounds what it multiplies, and drops numbers between layers that nobody else can draw again.
    """
    with torch.inference_mode(False), torch.enable_grad(), unchanged(model), twice_differentiable(device_of(model)):
        batch = tree_map_only(Tensor, _outside_inference, batch)
        with Recorder(model, cells) as recorder:
            value, result = loss_of(model, batch, loss), None
            if value is None:
                result = run(model, batch)
        calls = recorder.calls
        if not calls:
            raise ValueError("model: expected recurrent layers that take part, got a forward pass that calls none")
        meaning = MEANING if value is None else None
        value = probe_loss(result, calls) if value is None else value
        require_gradient(value)
        parameters = _backward(model, value, calls)
        return _explanation(model, calls, value.detach(), meaning, parameters)


def _outside_inference(x: Tensor) -> Tensor:
    """A tensor that a gradient may come through."""
    return x.clone() if x.is_inference() else x


def _backward(model: nn.Module, value: Tensor, calls: list[RecurrentCall]) -> dict[str, float]:
    """Let the gradients come to all calls; the norm of the gradient of each parameter that has one."""
    parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
    if not parameters:
        raise ValueError("model: expected weights that can be learnt, got none (frozen weights?)")
    has_cells = any(isinstance(call, CellSteps) for call in calls)
    grads_or_none = torch.autograd.grad(value, list(parameters.values()), retain_graph=has_cells, allow_unused=True)
    if not any(_has_gradient(call) for call in calls):
        raise ValueError("model: expected a gradient in its recurrent layers, got none (frozen weights?)")
    grads = {name: grad for name, grad in zip(parameters, grads_or_none, strict=True) if grad is not None}
    return {name: float(torch.linalg.vector_norm(grad)) for name, grad in grads.items()}


def _has_gradient(call: RecurrentCall) -> bool:
    if isinstance(call, CellSteps):
        return any(call.grads)
    return call.output_grad is not None or any(grad is not None for grad in call.final_grads)


def _explanation(
    model: nn.Module, calls: list[RecurrentCall], value: Tensor, meaning: str | None, parameters: dict[str, float]
) -> GradientExplanation:
    grouped = chains(calls)
    opened = list[tuple[str, RecurrentCall, list[UnrolledLayer]]]()
    layers, layers_of = list[LayerGradients](), list[int]()
    for label, chain in zip(_labels(grouped), grouped, strict=True):
        whole, unrolled, measured = _measure(chain, label)
        opened.append((label, whole, unrolled))
        layers += measured
        layers_of += [whole.layers] * len(measured)
    not_finite = finite.in_weights(model) or finite.in_forward(opened)
    if not_finite is None and not finite.is_finite(value):
        not_finite = finite.NotFinite("loss", None, "loss")
    if not_finite is None:
        not_finite_places = (finite.in_backward(layer.name, layer.by_step) for layer in reversed(layers))
        not_finite = next((place for place in not_finite_places if place is not None), None)
    return GradientExplanation(layers, float(value), meaning, parameters, not_finite, layers_of)


def _measure(chain: list[RecurrentCall], label: str) -> tuple[RecurrentCall, list[UnrolledLayer], list[LayerGradients]]:
    """Measure calls that go on from each other; as one call, its layers unrolled, and what was measured of them."""
    first = chain[0]
    if isinstance(first, CellSteps):
        return first, [], [measure_cell(first, label)]
    if len(chain) == 1:
        layers = unroll(first)
        return first, layers, measure_layer(first, layers, label)
    calls = [call for call in chain if isinstance(call, LayerCall)]
    whole = joined(calls)
    layers = unroll(whole)
    return whole, layers, measure_chain(calls, whole, layers, label)


def _labels(grouped: list[list[RecurrentCall]]) -> list[str]:
    """What each layer is called: its name in the model, numbered where it was called several times."""
    names = [chain[0].name or chain[0].kind for chain in grouped]
    labels = []
    for number, name in enumerate(names):
        before = names[:number].count(name)
        labels.append(f"{name} (call {before + 1})" if names.count(name) > 1 else name)
    return labels
