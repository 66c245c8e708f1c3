"""One convolutional recurrent layer in one direction, over whole sequences of images.

In float32 on the CPU, kernels of 3 x 3 run compiled: the input's convolution over all frames at once, then step by step
the state's with the cell's equations on its outputs; backward step by step the equations' derivatives and the gradient
of h, and the gradients of weights over all frames at once. All else runs in plain torch.
"""

from typing import Any

import torch
from torch import Tensor

from recurra.kernels import compiled, conv_reference
from recurra.kernels.autograd_function import Function
from recurra.kernels.conv_reference import ConvCall, ConvWeights
from recurra.kernels.conv_steps import ConvSteps, with_channels_last
from recurra.kernels.fused_cells import States

__all__ = ["ConvCall", "ConvWeights", "sequence"]


def sequence(call: ConvCall, x: Tensor, weights: ConvWeights, states: States) -> tuple[Tensor, States]:
    """Carry a cell along sequences of images.

    Args:
        call: how.
        x: frames (N, I, H, W), rows packed as in a PackedSequence.
        weights: of the layer and direction.
        states: before the first step, (B, C, H', W') each.

    Returns:
        Outputs (N, C, H', W'), and the states after the last step.
    """
    tensors = [x, *states, *(weight for weight in weights if weight is not None)]
    if weights.state.shape[-2:] != (3, 3) or not compiled.serves(*tensors) or compiled.traced(x):
        product = call.convolution(x, weights.input, weights.input_bias)  # (N, G C, H', W')
        return conv_reference.sequence(call, product, weights, states)
    fused = call.convolution.is_plain and x.shape[1] >= compiled.vector_floats() // 2
    source = x if fused else call.convolution(x, weights.input, weights.input_bias)
    of_input = (weights.input, weights.input_bias) if fused else (None, None)
    y, *finals = _ConvRecurrence.apply(call, source, *of_input, weights.state, weights.state_bias, *states)
    return y, tuple(finals)


class _ConvRecurrence(Function):
    """The compiled layer; of frames and the weights of the input, or of their product and None."""

    @staticmethod
    def forward(
        ctx: Any,
        call: ConvCall,
        source: Tensor,
        w_ih: Tensor | None,
        b_ih: Tensor | None,
        w_hh: Tensor,
        b_hh: Tensor | None,
        *states: Tensor,
    ) -> tuple[Tensor, ...]:
        steps = ConvSteps(call, with_channels_last(source), w_ih, b_ih, w_hh, b_hh, states)
        steps.forward()
        ctx.call, ctx.state_count = call, len(states)
        ctx.set_materialize_grads(False)
        y = steps.y.movedim(-1, 1)  # (N, C, H, W)
        ctx.save_for_backward(source, w_ih, b_ih, w_hh, b_hh, *states, y, steps.c, steps.gates)
        return y, *steps.finals()

    @staticmethod
    def backward(ctx: Any, dy: Tensor | None, *of_finals: Tensor | None) -> tuple[Tensor | None, ...]:
        *inputs, y, c, gates = ctx.saved_tensors
        upstream = [dy, *of_finals]
        if all(gradient is None for gradient in upstream):
            return (None,) * (1 + len(inputs))
        present = [gradient for gradient in upstream if gradient is not None]
        if torch.is_grad_enabled() or compiled.transformed(*present):
            return None, *_again(ctx.call, inputs, ctx.needs_input_grad[1:], upstream)
        source, w_ih, b_ih, w_hh, b_hh, *states = inputs
        steps = ConvSteps(ctx.call, with_channels_last(source), w_ih, b_ih, w_hh, b_hh, tuple(states))
        steps.y, steps.c, steps.gates = y.movedim(1, -1), c, gates
        return None, *steps.backward(dy, of_finals, ctx.needs_input_grad[1:])


def _again(
    call: ConvCall, inputs: list[Tensor | None], needs: tuple[bool, ...], upstream: list[Tensor | None]
) -> list[Tensor | None]:
    """Gradients in plain torch, to be differentiated again."""
    with torch.enable_grad():
        views = [None if tensor is None else tensor.view_as(tensor) for tensor in inputs]  # each an input for itself
        source, w_ih, b_ih, w_hh, b_hh, *states = views
        assert source is not None
        assert w_hh is not None
        product = source if w_ih is None else call.convolution(source, w_ih, b_ih)
        weights = ConvWeights(w_hh, w_hh, None, b_hh)
        y, finals = conv_reference.sequence(call, product, weights, tuple(part for part in states if part is not None))
        pairs = [
            (output, gradient) for output, gradient in zip((y, *finals), upstream, strict=True) if gradient is not None
        ]
        asked = [view for view, needed in zip(views, needs, strict=True) if needed and view is not None]
        gradients = iter(
            torch.autograd.grad(
                [output for output, _ in pairs],
                asked,
                [gradient for _, gradient in pairs],
                create_graph=torch.is_grad_enabled(),
                allow_unused=True,
            )
        )
    return [next(gradients) if needed else None for needed in needs]
