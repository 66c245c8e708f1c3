"""What accelerated layers have in common, and how a layer of torch becomes one and torch's again."""

import copy
import types
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from recurra.kernels import compiled

CLASSES: dict[type[nn.Module], type[nn.Module]] = {}
"""Of each class of torch's the accelerated one, entered as these are defined."""

_made: dict[type[nn.Module], type[nn.Module]] = {}  # the same for subclasses of torch's, made as they are met

_is_compiling, _tracing_state = torch.compiler.is_compiling, torch._C._get_tracing_state


class Accelerated(nn.Module):
    """What the accelerated layers have in common.

    A subclass of it and of one of torch's layers names that layer, and stands for it from then on.
    """

    _stands_for: type[nn.Module]

    def __init_subclass__(cls, stands_for: type[nn.Module] | None = None) -> None:
        super().__init_subclass__()
        if stands_for is not None:
            cls._stands_for = stands_for
            CLASSES[stands_for] = cls

    def _serves(self, x: Tensor, tensors: list[Any], serves: Callable[..., bool] = compiled.serves) -> bool:
        """Whether compiled kernels take this call of tensors besides x, as `serves` says of their types."""
        if compiled.traced(x) or x.numel() == 0 or not all(type(t) in (Tensor, nn.Parameter) for t in tensors):
            return False
        if torch.is_grad_enabled() and any(t.is_inference() for t in tensors):
            return False  # which no gradient can reach
        return serves(x, *tensors)

    def __prepare_scriptable__(self) -> nn.Module:
        """Give torch.jit.script the layer that this one stands for, over the same parameters."""
        plain = copy.copy(self)
        change_class(plain, plain._stands_for)
        return plain

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Copy and pickle a layer whose class was made here by the class that it stands for."""
        reduced: Any = super().__reduce_ex__(protocol)
        if torch_class(self) in CLASSES.values() or reduced[0].__name__ != "__newobj__":
            return reduced
        return _without_init, (self._stands_for,), *reduced[2:]


def is_watched() -> bool:
    """Whether operations are recorded for elsewhere, so that no size may decide, which could be another there."""
    return _is_compiling() or _tracing_state() is not None


def torch_class(module: nn.Module) -> type[nn.Module]:
    """The class of a module, below what torch's parametrizations put over it."""
    return parametrize.type_before_parametrizations(module)


def change_class(module: nn.Module, cls: type[nn.Module]) -> None:
    """Give a module another class; where a parametrization made a class for it, the same over the other class."""
    if issubclass(cls, Accelerated):
        vars(module)["__module__"] = cls._stands_for.__module__  # torch.fx keeps torch's layers whole
    else:
        vars(module).pop("__module__", None)
    if parametrize.is_parametrized(module):
        members = {name: v for name, v in vars(type(module)).items() if name not in ("__dict__", "__weakref__")}
        cls = type(f"Parametrized{cls.__name__}", (cls,), members)
    module.__class__ = cls


def class_over(cls: type[nn.Module]) -> type[nn.Module]:
    """The accelerated class that stands for a class of `CLASSES` or for a subclass of one.

    For a subclass it has the accelerated class between the subclass and torch's, so that `super().forward` comes there.
    The subclass is the first base, since an object may only change its class for one with the same first bases.
    """
    if cls in CLASSES:
        return CLASSES[cls]
    if cls not in _made:
        known = CLASSES[next(base for base in cls.__mro__ if base in CLASSES)]
        members = {
            "__module__": __name__,
            "__doc__": f"{cls.__qualname__} on the compiled kernels.",
            "_stands_for": cls,
        }
        bases = (cls, known)
        _made[cls] = types.new_class(f"Accelerated{cls.__name__}", bases, exec_body=lambda own: own.update(members))
    return _made[cls]


def _without_init(cls: type[nn.Module]) -> nn.Module:
    """An accelerated object for a class, to be filled by whoever copies or loads it."""
    accelerated = class_over(cls)
    return accelerated.__new__(accelerated)
