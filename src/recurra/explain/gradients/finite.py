"""The first place where something is not finite: in the weights, the forward pass, the loss, or on the way back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from recurra.explain.recorded_calls import CellSteps, RecurrentCall
from recurra.explain.unrolled import UnrolledDirection, UnrolledLayer


@dataclass(frozen=True)
class NotFinite:
    """Where something is not finite first.

    Attributes:
        phase: "weights", "forward", "loss" or "backward".
        layer: name of the layer; of weights and their gradients that of the parameter; None for the loss.
        value: what it is: "input", "h", "f", "gradient of h", ...
        step: in the order of time, from 0; None where there are no steps.
    """

    phase: str
    layer: str | None
    value: str
    step: int | None = None

    def __str__(self) -> str:
        if self.phase == "weights":
            return f"the weights {self.layer} hold what is not finite"
        if self.phase == "loss":
            return "the loss is not finite, though all recurrent layers are"
        at = "" if self.step is None else f" at step {self.step}"
        came = "from outside: its input" if self.value == "input" else f"in {self.value}"
        return f"first{at} of the {self.phase} pass, layer {self.layer}, {came}"

    def numbers(self) -> dict[str, Any]:
        """The same for JSON."""
        return dict(vars(self))


def is_finite(x: Tensor) -> bool:
    """Whether all numbers are finite; of most by their sum, which is sooner there than a mask."""
    return bool(torch.isfinite(x.sum())) or bool(torch.isfinite(x).all())


def in_weights(model: nn.Module) -> NotFinite | None:
    """The first parameter that holds what is not finite."""
    for name, parameter in model.named_parameters():
        if not is_finite(parameter.detach()):
            return NotFinite("weights", name, "weights")
    return None


def in_forward(opened: Iterable[tuple[str, RecurrentCall, list[UnrolledLayer]]]) -> NotFinite | None:
    """The first value of the recurrent layers that is not finite, in the order in which they were computed.

    Args:
        opened: of each call its label, itself, and its layers unrolled (none for a cell).
    """
    for label, call, layers in opened:
        if isinstance(call, CellSteps):
            place = _in_cell(label, call)
            if place is not None:
                return place
        for direction in (direction for layer in layers for direction in layer.directions):
            step, value = _first_step(direction, {"input": direction.x, **direction.states})
            if step is not None:
                return NotFinite("forward", label + direction.suffix, value, step)
    return None


def _in_cell(label: str, call: CellSteps) -> NotFinite | None:
    for step, states in enumerate(call.states):
        for name, state in states.items():
            if not is_finite(state.detach()):
                return NotFinite("forward", label, name, step)
    return None


def _first_step(direction: UnrolledDirection, values: Mapping[str, Tensor]) -> tuple[int | None, str]:
    """First step of the walk at which one of some values (T, B, ...) is not finite, as a step in time; and which."""
    first, of = len(direction.x), ""
    for name, value in values.items():
        if is_finite(value):
            continue
        spoilt = ~torch.isfinite(value).reshape(*value.shape[:2], -1).all(-1)  # (T, B)
        steps = spoilt.nonzero()[:, 0]
        # what is named first is computed first
        if int(steps[0]) < first:
            first, of = int(steps[0]), name
    if not of:
        return None, ""
    if not direction.reverse:
        return first, of
    length = len(direction.x) if direction.lengths is None else int(direction.lengths.max())
    return length - 1 - first, of


def in_backward(label: str, by_step: Mapping[str, list[float]]) -> NotFinite | None:
    """The last step, which is the first on the way back, at which the gradient of a state is not finite.

    Args:
        label: of the layer.
        by_step: norms of the gradients of its states, as of `LayerGradients`.
    """
    spoilt = {}
    for name, norms in by_step.items():
        steps = [step for step, norm in enumerate(norms) if not _is_number(norm)]
        if steps:
            spoilt[name] = max(steps)
    if not spoilt:
        return None
    name = max(spoilt, key=lambda name: spoilt[name])
    return NotFinite("backward", label, f"the gradient of {name}", spoilt[name])


def _is_number(norm: float) -> bool:
    return norm - norm == 0  # neither infinite nor not a number
