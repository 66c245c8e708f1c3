"""Torch's own recurrent layers inside any model, put on the compiled kernels in place.

`accelerate` changes the class of each such layer to a subclass of torch's that runs on the kernels where they serve
and is torch's own everywhere else. The object stays: its parameters, hooks, attributes, names in the state dict, and
whatever holds it. So an optimizer made before goes on, and the model itself may be such a layer.
"""

import logging
from collections.abc import Callable

import torch
from torch import nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.modules.linear import NonDynamicallyQuantizableLinear

from recurra.kernels import compiled
from recurra.nn.accelerated_layers import CLASSES, Accelerated, change_class, class_over, torch_class

_log = logging.getLogger(__name__)

_USED = [
    *("__call__", "_call_impl", "__getattr__", "__getattribute__"),
    *("check_forward_args", "check_input", "check_hidden_size", "get_expected_hidden_size", "permute_hidden"),
    *("_update_flat_weights", "_weights_have_changed", "_init_flat_weights"),
]
"""What the accelerated layers take to be torch's own."""


def accelerate(model: nn.Module, report: Callable[[str], object] | None = None) -> nn.Module:
    """Put torch's recurrent layers of a model on the compiled kernels, for training and inference.

    Taken in are torch.nn.RNN, LSTM, GRU, RNNCell, LSTMCell, GRUCell and Linear, and subclasses of these that keep
    torch's `forward` or call it by `super()`, wherever they are in the model. Results stay torch's, within rounding.
    The text of the model shows what was replaced.

    Args:
        model: any module; changed in place.
        report: is given a text that says what was replaced and what was left alone, and why; for instance `print`.

    Returns:
        `model` itself.

    Raises:
        TypeError: `model` is no module.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model: expected a torch.nn.Module, got {type(model).__name__}")
    before = replaced(model)
    for module in model.modules():
        if _may_be_taken_in(module) and not _why_left(module):
            change_class(module, class_over(torch_class(module)))
    new = {name: was for name, was in replaced(model).items() if name not in before}
    if report is not None:
        report(_report(new, before, left_alone(model)))
    elif not compiled.enabled():
        _log.warning("recurra.accelerate replaced nothing: compiled kernels are %s", compiled.why_not())
    return model


def replaced(model: nn.Module) -> dict[str, str]:
    """Name each layer that `accelerate` has replaced, with the class that it was; "" is the model itself."""
    layers = {name: module for name, module in model.named_modules() if isinstance(module, Accelerated)}
    return {name: layer._stands_for.__name__ for name, layer in layers.items()}


def left_alone(model: nn.Module) -> dict[str, str]:
    """Name each layer of the kinds that `accelerate` takes in that it would leave as it is, and say why."""
    layers = {name: module for name, module in model.named_modules() if not isinstance(module, Accelerated)}
    reasons = {name: _why_left(module) for name, module in layers.items()}
    return {name: reason for name, reason in reasons.items() if reason}


def restore(model: nn.Module) -> nn.Module:
    """Undo `accelerate` in place, for tools that look for torch's own classes, as dynamic quantization does."""
    for module in model.modules():
        if isinstance(module, Accelerated):
            change_class(module, module._stands_for)
    return model


# --- what is replaced -------------------------------------------------------------------------------------------------


def _may_be_taken_in(module: nn.Module) -> bool:
    """Whether a module is a layer of the kinds that are taken in, and not replaced yet."""
    return isinstance(module, tuple(CLASSES)) and not isinstance(module, Accelerated)


def _why_left(module: nn.Module) -> str:
    """Why a layer of the kinds that are taken in is not to be replaced; empty where it is, and for all else."""
    names = {cls.__name__ for cls in CLASSES}
    if isinstance(module, torch.jit.ScriptModule):
        name = str(module.original_name).removeprefix("Accelerated")
        return f"it is a scripted or traced {name}" if name in names else ""
    cls = torch_class(module)
    if not _may_be_taken_in(module):
        return "it is quantized" if cls.__module__.startswith("torch.ao.") and cls.__name__ in names else ""
    if not compiled.enabled():
        return f"compiled kernels are {compiled.why_not()}"
    if issubclass(cls, LazyModuleMixin):
        return "it does not know its size yet"
    if issubclass(cls, NonDynamicallyQuantizableLinear):
        return "torch.nn.MultiheadAttention reads its weights itself"
    if "forward" in vars(module):
        return "its forward was replaced on the object"
    if not _calls_torchs_forward(cls):
        return f"{cls.__name__} has a forward of its own"
    for name in (*_USED, *module._parameters):
        if name in vars(module) or _is_overridden(cls, name):
            return f"{cls.__name__} has a {name} of its own"
    return ""


def _torch_base(cls: type[nn.Module]) -> type[nn.Module]:
    return next(base for base in cls.__mro__ if base in CLASSES)


def _calls_torchs_forward(cls: type[nn.Module]) -> bool:
    """Whether each `forward` that a subclass puts over torch's hands on by `super()`."""
    above = cls.__mro__[: cls.__mro__.index(_torch_base(cls))]
    forwards = [vars(base)["forward"] for base in above if "forward" in vars(base)]
    codes = [getattr(forward, "__code__", None) for forward in forwards]
    # Python gives a function that says super() the variable __class__
    return all("__class__" in getattr(code, "co_freevars", ()) for code in codes)


def _is_overridden(cls: type[nn.Module], name: str) -> bool:
    return getattr(cls, name, None) is not getattr(_torch_base(cls), name, None)


def _report(new: dict[str, str], before: dict[str, str], left: dict[str, str]) -> str:
    lines = [f"recurra.accelerate: {len(new)} replaced, {len(before)} replaced before, {len(left)} left alone"]
    lines += [f"  {name or 'the model'}: {was} replaced" for name, was in new.items()]
    lines += [f"  {name or 'the model'}: left alone, {reason}" for name, reason in left.items()]
    return "\n".join(lines if new or left or before else [*lines, "  the model holds no layer that can be replaced"])
