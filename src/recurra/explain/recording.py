"""Every call of a recurrent layer in a forward pass of a model, recorded with hooks; the pass itself runs untouched.

    with Recorder(model) as recorder:
        loss = model(batch).sum()
    torch.autograd.grad(loss, parameters)
    for call in recorder.calls:
        call.name, call.kind, call.lengths, call.output_grad, named_values(call)

States and gates that no caller sees are computed again from what went in (`named_values`, of `explain.unrolled`).
"""

from collections.abc import Collection
from functools import partial
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from recurra.explain.recorded_calls import CellSteps, LayerCall, RecurrentCall, states_after
from recurra.explain.recurrent_layers import as_recurrent, sequence_layers, step_cells
from recurra.nn import layout
from recurra.nn.device import device_of
from recurra.nn.generators import random_states
from recurra.nn.layout import State
from recurra.nn.recurrent import Recurrent


class Recorder:
    """Records the calls of a model's recurrent layers inside a `with` block; nothing stays on the model after it.

    Gradients come in whenever a backward pass runs, in the block or after it.

    Args:
        model: that is run in the block.
        cells: further modules that the model calls step by step; see `recurrent_layers.step_cells`.

    Attributes:
        calls: in the order in which they came; all steps of a cell are one, a step of a stream is a call over one step.

    Raises:
        ValueError: the model holds no recurrent layer; or one inside of what torch.compile made, where no hook comes.
    """

    def __init__(self, model: nn.Module, cells: Collection[Any] = ()):
        require_not_compiled(model)
        self._layers = sequence_layers(model)
        self._cells = step_cells(model, cells)
        if not self._layers and not self._cells:
            raise ValueError(
                f"model: expected recurrent layers, got none in {type(model).__name__}; "
                "name what it calls step by step by `cells`"
            )
        self.calls: list[RecurrentCall] = []
        self._hooks: list[Any] = []
        self._random_states: dict[nn.Module, list[Tensor]] = {}

    def __enter__(self) -> Self:
        for name, module in self._layers.items():
            self._hooks.append(module.register_forward_pre_hook(self._before_layer))
            self._hooks.append(module.register_forward_hook(partial(self._after_layer, name), with_kwargs=True))
            if isinstance(module, Recurrent):
                module.__dict__["step"] = partial(self._step, name, module)  # which no hook sees
        for name, module in self._cells.items():
            self._hooks.append(module.register_forward_hook(partial(self._after_cell, name), with_kwargs=True))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()
        for module in self._layers.values():
            module.__dict__.pop("step", None)

    # --- the hooks, which return nothing, so that inputs and outputs stay what they are ---------------------------

    def _before_layer(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        if module.training and _draws(module):
            self._random_states[module] = random_states(device_of(module))

    def _after_layer(
        self, name: str, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        inputs, states, lengths, embedding = _arguments(*args, **kwargs)
        output, final = result
        rows = output.data if isinstance(output, PackedSequence) else output
        batch, form = layout.read(_detached(inputs), lengths, as_recurrent(module).batch_first, _detached(embedding))
        padded = _padded(output, rows.detach().clone(), form.batch_first)
        call = self._record(name, module, batch, form, states, padded, final)
        if rows.requires_grad:
            rows.register_hook(partial(_keep_output_grad, call, output))

    def _step(
        self, name: str, module: Recurrent, x: Tensor, state: State | None = None, weights: Any = None
    ) -> tuple[Tensor, State]:
        """Take a step of a stream, and record it as a call over a sequence of one step."""
        if module.training and _draws(module):
            raise ValueError(f"model: layer {name!r}: expected eval mode, since a step of a stream drops nothing")
        output, final = type(module).step(module, x, state, weights)
        output = output.view_as(output)  # the state may be made of it, and has a gradient of its own
        is_batched = x.dim() > 1
        sequence = x.detach().unsqueeze(1 if is_batched and module.batch_first else 0)
        batch, form = layout.read(sequence, None, module.batch_first)
        padded = output.detach().clone().reshape(1, -1, output.shape[-1])  # (1, B, P)
        call = self._record(name, module, batch, form, state, padded, final)
        if output.requires_grad:
            output.register_hook(partial(_keep_step_grad, call))
        return output, final

    def _record(
        self,
        name: str,
        module: nn.Module,
        batch: layout.Batch,
        form: layout.Layout,
        states: Any,
        output: Tensor,
        final: Any,
    ) -> LayerCall:
        """Keep a call, its output as (T, B, D P), and the gradients of its final states when they come."""
        stack = as_recurrent(module)
        parts = list(final) if isinstance(final, tuple | list) else [final]
        call = LayerCall(
            name,
            module,
            stack,
            batch,
            form,
            lengths=_lengths(batch),
            initial=_initial(stack, _detached(states), batch, form),
            output=output,
            final=[_batched(part.detach(), form) for part in parts],
            random_states=self._random_states.pop(module, None),
        )
        call.final_grads = [None] * len(stack.state_names)
        for number, part in enumerate(parts):
            if part.requires_grad:
                part.register_hook(partial(_keep_final_grad, call, number))
        self.calls.append(call)
        return call

    def _after_cell(
        self, name: str, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        steps = next((call for call in self.calls if call.module is module), None)
        if steps is None:
            steps = CellSteps(name, module)
            self.calls.append(steps)
        assert isinstance(steps, CellSteps)
        states, grads = states_after(module, result), dict[str, Tensor]()
        for state, value in states.items():
            if value.requires_grad:
                value.register_hook(partial(_keep_state_grad, grads, state))
        steps.arguments.append((args, kwargs))
        steps.states.append(states)
        steps.grads.append(grads)


def require_not_compiled(model: nn.Module) -> None:
    """Refuse what torch.compile made: its calls go by the layers, so no hook would see them."""
    for name, module in model.named_modules():
        # torch.compile puts a module that it compiles under this name; to ask for its class would load all of it
        is_compiled = "_orig_mod" in module._modules or module._compiled_call_impl is not None
        if is_compiled and (sequence_layers(module) or step_cells(module)):
            where = f"its part {name!r}" if name else "it"
            raise ValueError(
                f"model: expected one that torch.compile has not compiled, got {where} compiled; "
                "give the model as it was before"
            )


def _draws(layer: nn.Module) -> bool:
    """Whether a layer draws random numbers in training."""
    probabilities = [getattr(layer, "dropout", 0), getattr(layer, "weight_dropout", 0)]
    probabilities += getattr(layer, "zoneout", {}).values()
    return any(probabilities)


def _arguments(
    input: Any, hx: Any = None, *, lengths: Tensor | None = None, embedding: Tensor | None = None
) -> tuple[Any, Any, Tensor | None, Tensor | None]:
    """Name the arguments as the layers do."""
    return input, hx, lengths, embedding


def _detached(value: Any) -> Any:
    """The same tensors, sequences or states without their graph."""
    if isinstance(value, PackedSequence):
        return value._replace(data=value.data.detach())
    if isinstance(value, tuple | list):
        return tuple(part.detach() for part in value)
    return None if value is None else value.detach()


def _initial(stack: Recurrent, states: Any, batch: layout.Batch, form: layout.Layout) -> list[Tensor]:
    """The states before the first step; where the caller has fewer than the layer carries, the others are zeros."""
    shapes = stack._stacked_shapes(batch.size)
    x = layout.Batch(batch.x)  # in the order of the caller
    if isinstance(states, Tensor) and len(shapes) > 1:
        missing = list(shapes.values())[1:]
        zeros = [states.new_zeros(shape) for shape in missing]
        states = (_batched(states, form), *zeros)
    return layout.read_state(states, shapes, x, form.unbatched)


def _batched(state: Tensor, form: layout.Layout) -> Tensor:
    """A state (L D, B, ...), also where the caller's sequence has no batch."""
    return state.unsqueeze(1) if form.unbatched else state


def _lengths(batch: layout.Batch) -> Tensor | None:
    """Real steps of each sequence in the caller's order; None where all are real."""
    if batch.batch_sizes is None:
        return batch.lengths
    lengths = batch.embedded().padded().lengths
    return None if lengths is None or bool((lengths == lengths.max()).all()) else lengths


def _padded(form: Any, rows: Tensor, batch_first: bool) -> Tensor:
    """Numbers in the form of a layer's output, (T, B, F)."""
    output = form._replace(data=rows) if isinstance(form, PackedSequence) else rows
    return layout.read(output, None, batch_first)[0].padded().x


def _keep_output_grad(call: LayerCall, output: Any, grad: Tensor | None) -> None:
    if grad is None:
        return
    padded = _padded(output, grad.detach(), call.batch_first)
    mask = call.mask
    call.output_grad = padded if mask is None else torch.where(mask.unsqueeze(-1), padded, 0.0)


def _keep_step_grad(call: LayerCall, grad: Tensor | None) -> None:
    if grad is not None:
        call.output_grad = grad.detach().reshape(call.output.shape)


def _keep_final_grad(call: LayerCall, number: int, grad: Tensor | None) -> None:
    if grad is not None:
        call.final_grads[number] = _batched(grad.detach(), call.form)


def _keep_state_grad(grads: dict[str, Tensor], name: str, grad: Tensor | None) -> None:
    if grad is not None:
        grads[name] = grad.detach()
