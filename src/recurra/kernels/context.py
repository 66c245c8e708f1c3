"""What PyTorch hands to the two passes of a `torch.autograd.Function`, for the type checker."""

from typing import Protocol

from torch import Tensor


class Context(Protocol):
    """The part of torch.autograd.function.FunctionCtx that the kernels use; a function adds attributes of its own."""

    @property
    def saved_tensors(self) -> tuple[Tensor, ...]:
        """What the forward pass saved, in its order."""

    @property
    def needs_input_grad(self) -> tuple[bool, ...]:
        """Of each input of the forward pass whether its gradient is asked for."""

    def save_for_backward(self, *tensors: Tensor) -> None:
        """Keep tensors for the backward pass."""

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Name the results that have no gradient."""

    def set_materialize_grads(self, value: bool) -> None:
        """Whether gradients that nobody asks for come as zeros instead of None."""
