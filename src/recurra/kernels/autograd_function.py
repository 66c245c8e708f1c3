"""`torch.autograd.Function` with types: PyTorch's own leaves what it hands to the two passes untyped."""

from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor

if TYPE_CHECKING:

    class Function(torch.autograd.Function):
        """An operation and its gradient."""

        @classmethod
        def apply(cls, *args: object) -> Any:
            """Run the forward pass; what it gives, in a plain tuple where it is several."""

else:
    Function = torch.autograd.Function


class Context(Protocol):
    """The part of torch.autograd.function.FunctionCtx that the kernels use; a function adds attributes of its own."""

    @property
    def saved_tensors(self) -> tuple[Tensor, ...]:
        """What the forward pass saved, in its order."""

    @property
    def next_functions(self) -> tuple[tuple[torch.autograd.graph.Node | None, int], ...]:
        """Of each tensor that the function was called with, what the backward pass goes on to; None for nothing."""

    @property
    def needs_input_grad(self) -> tuple[bool, ...]:
        """Of each input of the forward pass whether its gradient is asked for."""

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for the backward pass."""

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Name the results that have no gradient."""

    def set_materialize_grads(self, value: bool) -> None:
        """Whether gradients that nobody asks for come as zeros instead of None."""


def is_asked(ctx: Context, place: int) -> bool:
    """Whether the backward pass under way needs the gradient of a tensor that a function was called with.

    PyTorch's own functions know that; those in Python are only told whether a gradient could be asked for.

    Args:
        ctx: what the function's backward pass is given.
        place: of the tensor among all that the function was called with.
    """
    node = ctx.next_functions[place][0]
    if node is None:
        return False
    try:
        return torch._C._will_engine_execute_node(node)
    except RuntimeError:  # where a leaf is asked for by name, and outside of a backward pass
        return True
