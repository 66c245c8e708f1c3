"""Cures: what is changed of a model, of its batches or of how it learns, so that its gradients flow."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from recurra.explain.gradients import advice, layer_change, windows
from recurra.explain.model_call import Loss, loss_of, run
from recurra.explain.recorded_calls import LayerCall
from recurra.explain.recording import Recorder
from recurra.explain.unchanged import unchanged

_CLIP_NORM = 1.0
_LEAST_DEVIATION = 1e-6  # of a feature; one that does not vary stays as it is

_CHANGES: dict[str, Callable[[nn.Module], bool]] = {
    advice.ORTHOGONAL: layer_change.start_orthogonal,
    advice.FORGET_BIAS: layer_change.open_forget_gates,
    advice.LAYER_NORM: layer_change.normalize,
    advice.RESIDUAL: layer_change.add_residuals,
    advice.LSTM: layer_change.become_lstm,
    advice.GRU: layer_change.become_gru,
}
"""What changes a model in place, by the name of the cure; whether there was anything to change."""


@dataclass(frozen=True)
class Treatment:
    """A model that is to learn, with what a cure changed.

    Attributes:
        model: a copy.
        batches: what it learns from.
        clip_norm: largest norm of the gradient, or None.
    """

    model: nn.Module
    batches: Sequence[Any]
    clip_norm: float | None = field(default=None)


def treat(cure: str | None, model: nn.Module, batches: Sequence[Any], loss: Loss | None) -> Treatment | None:
    """Apply a cure to a copy of a model.

    Args:
        cure: its name in `advice.TEXTS`; None changes nothing.
        model: as it is before it learns.
        batches, loss: what it learns from.

    Returns:
        The copy; None where the cure does not apply to the model or the batches.
    """
    holder = nn.ModuleDict({"model": copy.deepcopy(model)})  # so that the model itself can be replaced
    if cure in _CHANGES and not _CHANGES[cure](holder):
        return None
    treated = holder["model"]
    if cure == advice.STANDARDIZED and not _standardize(treated, batches[0], loss):
        return None
    if cure in (advice.SHORTER, advice.LONGER):
        change = windows.shorter if cure == advice.SHORTER else windows.longer
        changed = change(batches, _time_axis(treated, batches[0], loss))
        return None if changed is None else Treatment(treated, changed)
    return Treatment(treated, batches, _CLIP_NORM if cure == advice.CLIPPING else None)


def _recorded(model: nn.Module, batch: Any, loss: Loss | None) -> list[LayerCall]:
    """The calls of the model's layers over whole sequences on a batch."""
    with torch.no_grad(), unchanged(model), Recorder(model) as recorder:
        if loss_of(model, batch, loss) is None:
            run(model, batch)
    return [call for call in recorder.calls if isinstance(call, LayerCall)]


def _time_axis(model: nn.Module, batch: Any, loss: Loss | None) -> int:
    """Along which axis of its tensors a batch has its steps: that of the first recurrent layer, or of a task 1."""
    if isinstance(batch, Tensor | tuple | list | dict):
        calls = _recorded(model, batch, loss)
        return int(bool(calls) and calls[0].batch_first)
    return 1


def _standardize(model: nn.Module, batch: Any, loss: Loss | None) -> bool:
    """Let the first recurrent layer read inputs of mean 0 and deviation 1, feature by feature; whether it can."""
    calls = _recorded(model, batch, loss)
    if not calls or calls[0].batch.symbols is not None:
        return False
    x = calls[0].batch.x.flatten(0, -2)  # (N, I)
    mean, deviation = x.mean(0), x.std(0)
    deviation = torch.where(deviation > _LEAST_DEVIATION, deviation, 1.0)
    calls[0].module.register_forward_pre_hook(partial(_scale_input, mean, deviation))
    return True


def _scale_input(mean: Tensor, deviation: Tensor, layer: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
    x, *others = args
    if isinstance(x, PackedSequence):
        return x._replace(data=(x.data - mean) / deviation), *others
    return (x - mean) / deviation, *others
