"""PyTorch's optimizers without its compiler, which they load before they step: more than a second of a processor."""

import inspect
from typing import TypeVar

import torch

_Kind = TypeVar("_Kind", bound=torch.optim.Optimizer)
_METHODS = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")


def eager(kind: type[_Kind]) -> type[_Kind]:
    """Make a subclass of an optimizer that does the same, but does not load `torch._dynamo`.

    PyTorch wraps these methods so that `torch.compile` passes them by, and the wrapper loads the compiler. In a loop
    that nobody compiles it has nothing to do.

    Args:
        kind: an optimizer that needs no gradient of its own steps, `differentiable=False`.
    """
    methods = {name: inspect.unwrap(getattr(kind, name)) for name in _METHODS}
    step = torch.no_grad()(inspect.unwrap(kind.step))
    return type(kind.__name__, (kind,), {**methods, "step": step})
