"""A run opened without trust in its files: all of them are held to each other before memory is taken for weights."""

import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar, Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import init
from torch.overrides import TorchFunctionMode

from recurra.data.files.tensor_file import Header
from recurra.errors import DataError, quote
from recurra.settings.training import TrainingConfig
from recurra.training import checkpoint
from recurra.training.run import RunFolder

NetworkT = TypeVar("NetworkT", bound=nn.Module)
TaskT = TypeVar("TaskT", bound="HasSettings")


class HasSettings(Protocol):
    """What is made of settings: a task."""

    Config: ClassVar[type[TrainingConfig]]

    def __init__(self, **settings: Any): ...

    @property
    def config(self) -> Any:
        """The settings, checked."""


_DRAWS = {Tensor.normal_, Tensor.uniform_, Tensor.bernoulli_}
_DRAWS |= {init.normal_, init.uniform_, init.kaiming_uniform_, init.kaiming_normal_}


def settings_of(run: RunFolder, config: dict[str, Any], make: type[TaskT]) -> TaskT:
    """Make a task of the settings in config.json.

    Args:
        run: the folder.
        config: the content of its config.json.
        make: a subclass of `Task`.

    Raises:
        DataError: a setting is unknown or wrong; names the file and the setting.
    """
    known = {field.name for field in dataclasses.fields(make.Config)}
    for name in config["settings"]:
        if name not in known:
            raise DataError(f"{run.config_file}: expected settings that this version has, got {quote(name)}")
    try:
        task = make(**config["settings"])
        task.config  # noqa: B018  # an estimator checks its settings only here
    except (DataError, OverflowError, TypeError, ValueError) as error:
        raise DataError(f"{run.config_file}: {_line(error)}") from None
    return task


def open_artifacts(run: RunFolder, config: dict[str, Any], read: Callable[[], None]) -> None:
    """Let what turns data into numbers be read.

    Args:
        run: the folder.
        config: the content of its config.json.
        read: reads the files.

    Raises:
        DataError: a file is missing or broken; names it.
    """
    try:
        read()
    except DataError:
        raise
    except Exception as error:  # a file that is of the right form, but does not fit together
        run.check_files(config)
        raise DataError(f"{run.path}: expected the labels and symbols of a run, got: {_line(error)}") from None


def build(run: RunFolder, config: dict[str, Any], make: Callable[[], NetworkT]) -> NetworkT:
    """Build the network without memory for its weights (device "meta"), held to what the file of weights says it has.

    Args:
        run: the folder.
        config: the content of its config.json.
        make: builds the network.

    Raises:
        DataError: the weights are of another network, or there is no such network.
    """
    header = checkpoint.read_header(run.weights_file)
    _refuse_deeper(run, config, header)
    try:
        network = without_memory(make)
    except DataError:
        raise
    except Exception as error:  # sizes that no tensor has, or labels that are none
        run.check_files(config)
        raise DataError(f"{run.config_file}: expected settings of a network, got: {_line(error)}") from None
    checkpoint.check_weights(run.weights_file, header, network)
    return network


def without_memory(make: Callable[[], NetworkT]) -> NetworkT:
    """Build a network on the device "meta": all of it but its numbers."""
    with torch.device("meta"), _NothingDrawn():
        return make()


def _refuse_deeper(run: RunFolder, config: dict[str, Any], header: Header) -> None:
    """Refuse more layers than there are weights: such a network takes long to build even without memory."""
    layers = config["settings"].get("num_layers", 1)
    if layers > len(header.entries):
        raise DataError(
            f"{run.weights_file}: expected weights of {layers:,} layers (num_layers in {run.config_file.name}), "
            f"got {len(header.entries):,} weights"
        )


class _NothingDrawn(TorchFunctionMode):
    """Leaves out random starts, which have nothing to write to on the device "meta".

    There they would also load PyTorch's compiler, which takes a second and 80 MB.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in _DRAWS:
            return args[0] if args else kwargs["tensor"]
        return func(*args, **(kwargs or {}))


def _line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
