"""A model called on a batch, and the loss of what it gives: in the same way for every explanation."""

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from recurra.errors import DataError
from recurra.nn.device import device_of
from recurra.training.batch import Batch
from recurra.training.supervised_network import SupervisedNetwork
from recurra.training.task import Task

Loss = Callable[..., Tensor]


def as_task(model: Any) -> Any:
    """Open the run that a path names; anything else stays as it is.

    Raises:
        DataError: the path holds no run.
    """
    if not isinstance(model, str | Path):
        return model
    from recurra import tasks  # the jobs take long to load, and most models are none

    return tasks.load(model)


def as_network(model: Any) -> nn.Module:
    """The network of a trained task, of the path of its run, or a torch module itself.

    Raises:
        TypeError: it is none of these.
        DataError: nothing was learnt yet, or the path holds no run.
    """
    model = as_task(model)
    if isinstance(model, Task):
        if model.network is None:
            raise DataError(f"model: expected a fitted {type(model).__name__}, got one that has learnt nothing")
        network: nn.Module = model.network
        return network
    if not isinstance(model, nn.Module):
        raise TypeError(f"model: expected a torch.nn.Module, a task or the path of a run, got {type(model).__name__}")
    return model


def batches_of(task: Any, data: Any, most: int, part: str | None = None) -> list[Any]:
    """The first batches of data that a task can be scored on; of what is a batch already, this one.

    Args:
        task: a fitted one, or any torch module, whose data are always a batch.
        data: as of its `evaluate`, or a batch.
        most: how many.
        part: of a named data set.

    Raises:
        DataError: the data are not as expected.
    """
    if not isinstance(task, Task) or isinstance(data, Batch):
        return [beside(task, data)]
    batches = (batch for batch in task.data_module(data, part).batches(0, 0, 0, 1) if batch is not None)
    return [beside(task, batch) for batch in islice(batches, most)]


def beside(model: Any, batch: Any) -> Any:
    """A job's batch on the device of the model that reads it; anything else as it is."""
    return batch.to(device_of(as_network(model))) if isinstance(batch, Batch) else batch


def run(model: nn.Module, inputs: Any) -> Any:
    """Call a model with a tensor, or with its arguments in a tuple or by name.

    Raises:
        DataError: the batch does not fit the model.
    """
    try:
        if isinstance(inputs, PackedSequence):
            return model(inputs)
        if isinstance(inputs, Mapping):
            return model(**inputs)
        return model(*inputs) if isinstance(inputs, tuple | list) else model(inputs)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        raise DataError(f"batch: expected one that fits {type(model).__name__}, got: {error}") from error


def loss_of(model: nn.Module, batch: Any, loss: Loss | None) -> Tensor | None:
    """Compute the loss of a batch; None where neither the model nor the caller says what it is.

    Args:
        model: a network of a task with a `Batch` of its own has a loss.
        batch: what the model takes, as of `run`; with `loss` also a pair of this and the targets.
        loss: called with what the model gave and, where there are any, the targets.

    Raises:
        DataError: the batch does not fit the model.
        ValueError: the loss is no scalar.
    """
    if isinstance(model, SupervisedNetwork) and isinstance(batch, Batch):
        value, _ = model.loss(batch)
    elif loss is None:
        return None
    else:
        value = _loss(model, batch, loss)
    if not isinstance(value, Tensor) or value.numel() != 1:
        got = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
        raise ValueError(f"loss: expected a scalar tensor, got {got}")
    return value.reshape(())


def _loss(model: nn.Module, batch: Any, loss: Loss) -> Any:
    if isinstance(batch, PackedSequence) or not isinstance(batch, tuple | list) or len(batch) != 2:
        return loss(run(model, batch))
    inputs, targets = batch
    return loss(run(model, inputs), targets)


def require_gradient(value: Tensor) -> None:
    """Refuse a loss that depends on nothing that can be learnt.

    Raises:
        ValueError: says so.
    """
    if not value.requires_grad:
        raise ValueError("model: expected weights that can be learnt, got a loss without a gradient (frozen weights?)")
