"""A recorded call of a stack, layer by layer: what went into each layer, and each direction open to view."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_packed_sequence

from recurra import kernels
from recurra.explain.recorded_calls import LayerCall
from recurra.explain.unrolled.compiled import CompiledDirection
from recurra.explain.unrolled.direction import UnrolledDirection
from recurra.explain.unrolled.elementwise import ElementwiseDirection
from recurra.explain.unrolled.stepwise import StepwiseDirection
from recurra.explain.unrolled.walk import walked
from recurra.kernels import FusedCell, known_outputs
from recurra.nn.generators import forked, set_random_states
from recurra.nn.layout import Batch
from recurra.nn.recurrent import fused


@dataclass(eq=False)
class UnrolledLayer:
    """One layer of a stack.

    Attributes:
        number: of the layer, from 0.
        directions: one or two.
        is_residual: whether the stack adds the layer's input to its outputs.
        batch: its input, in the form in which the stack ran.
        steps: T.
        outputs: what it gave in this form, a leaf of the graph that leads to `above`.
        above: what the layer above read, or the caller got: `outputs` with what the stack adds and drops.
    """

    number: int
    directions: list[UnrolledDirection]
    is_residual: bool
    batch: Batch
    steps: int
    outputs: Tensor
    above: Tensor

    def gradient_of_outputs(self, of_above: Tensor) -> Tensor:
        """Carry a gradient of what the layer above read back to this layer's outputs; both (T, B, D P)."""
        if self.above is self.outputs:
            return of_above
        with torch.enable_grad():
            above = _padded(self.above, self.batch, self.steps)
        (of_outputs,) = torch.autograd.grad(above, self.outputs, of_above, retain_graph=True)
        return _padded(of_outputs, self.batch, self.steps)


def unroll(call: LayerCall) -> list[UnrolledLayer]:
    """Open every layer of a recorded call to view, from the bottom up.

    The layers below the last are run again, over the same input with the same random numbers.
    """
    with _random_numbers_of(call):
        return list(_layers(call))


@contextmanager
def _random_numbers_of(call: LayerCall) -> Iterator[None]:
    if call.random_states is None:
        yield
        return
    device = call.batch.x.device  # the stack of another library's layer has none
    with forked(device):
        set_random_states(call.random_states, device)
        yield


def _layers(call: LayerCall) -> Iterator[UnrolledLayer]:
    stack = call.stack
    cell = fused.cell_of(stack)
    # in the form in which the layer itself ran, so that the same random numbers drop the same units
    batch = call.batch.embedded().padded() if cell is None else call.batch.unpadded()
    for number in range(stack.num_layers):
        layer = _stepwise_layer(call, number, batch) if cell is None else _elementwise_layer(call, cell, number, batch)
        yield layer
        batch = replace(batch, x=layer.above.detach(), symbols=None)


def _stepwise_layer(call: LayerCall, number: int, batch: Batch) -> UnrolledLayer:
    directions = list[UnrolledDirection]()
    outputs = []
    for index in _indices(call, number):
        weights = [weight.detach() for weight in call.stack._weights_in_use(index)]
        direction = StepwiseDirection(**_walk(call, index, batch.x), weights=weights)
        directions.append(direction)
        outputs.append(direction.in_time(direction.output))
    return _layer(call, number, directions, batch, torch.cat(outputs, -1))


def _elementwise_layer(call: LayerCall, cell: FusedCell, number: int, batch: Batch) -> UnrolledLayer:
    stack = call.stack
    weights = {index: [w.detach() for w in stack._weights_in_use(index)] for index in _indices(call, number)}
    is_known = number == stack.num_layers - 1 and not stack.residual
    rows = call.output if is_known else _run(call, cell, number, batch, list(weights.values()))
    outputs = rows if is_known else _padded(rows, batch, call.steps)  # (T, B, D P)
    x = _padded(batch.embedded().x, batch, call.steps)
    directions = list[UnrolledDirection]()
    for direction, h in enumerate(outputs.split(stack.output_size, -1)):
        index = number * stack.num_directions + direction
        h = walked(h, call.lengths, direction == 1)
        walk = _walk(call, index, x)
        is_served = known_outputs.serves(cell, x, h, *weights[index], *walk["initial"].values())
        make = CompiledDirection if is_served else ElementwiseDirection
        directions.append(make(**walk, weights=weights[index], h=h))
    return _layer(call, number, directions, batch, rows)


def _indices(call: LayerCall, number: int) -> range:
    """Indices of the directions of a layer among those of the stack."""
    return range(number * call.directions, (number + 1) * call.directions)


def _walk(call: LayerCall, index: int, x: Tensor) -> dict[str, Any]:
    """What a direction is made of besides its weights; x is (T, B, F)."""
    names = call.stack.state_names
    return {
        "stack": call.stack,
        "index": index,
        "x": walked(x, call.lengths, index % call.directions == 1),
        "lengths": call.lengths,
        "initial": {name: part[index] for name, part in zip(names, call.initial, strict=True)},
    }


@torch.no_grad()
def _run(call: LayerCall, cell: FusedCell, number: int, batch: Batch, weights: list[list[Tensor]]) -> Tensor:
    """Outputs of a layer of a cell that the kernels know: (T, B, D P), or packed rows."""
    indices = _indices(call, number)
    states = [part[indices.start : indices.stop] for part in call.initial]  # (D, B, ...)
    if batch.order is not None:
        states = [state.index_select(1, batch.order) for state in states]
    outputs, _ = kernels.sequence(
        cell,
        batch.x,
        batch.batch_sizes,
        [weight for weights_of_direction in weights for weight in weights_of_direction],
        tuple(states),
        bias=call.stack.bias,
        bidirectional=call.stack.bidirectional,
        training=False,
        symbols=batch.symbols,
    )
    return outputs


def _layer(
    call: LayerCall, number: int, directions: list[UnrolledDirection], batch: Batch, rows: Tensor
) -> UnrolledLayer:
    """A layer, from its outputs in the form of the batch: with what the stack adds to them and drops of them."""
    stack, is_last = call.stack, number == call.layers - 1
    x = batch.embedded().x
    is_residual = stack.residual and rows.shape == x.shape
    outputs = above = rows.detach().requires_grad_()
    with torch.enable_grad():
        if is_residual:
            above = above + x
        if not is_last and stack.training and stack.dropout:
            above = stack._dropped(above, batch)
    return UnrolledLayer(number, directions, is_residual, batch, call.steps, outputs, above)


def _padded(rows: Tensor, batch: Batch, steps: int) -> Tensor:
    """Rows in the form of a batch as (T, B, F)."""
    if batch.batch_sizes is None:
        return rows
    return pad_packed_sequence(replace(batch, x=rows, symbols=None).packed, total_length=steps)[0]


def layer_values(call: LayerCall) -> dict[str, Tensor]:
    """Every state and gate by name, such as "f_l1_reverse", as `Recurrent.trace` names them.

    Each is (T, B, ...), in the order of time, and zero in padding.
    """
    values = {}
    for layer in unroll(call):
        for direction in layer.directions:
            for name, value in direction.values_at().items():
                in_time = direction.in_time(value)
                if call.mask is not None:
                    mask = call.mask.view(*call.mask.shape, *[1] * (in_time.dim() - 2))
                    in_time = torch.where(mask, in_time, 0.0)
                values[name + direction.suffix] = in_time
    return values
