"""What a checkpoint must hold before any of it is put into a training, part by part."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from recurra.errors import DataError


def require(holds: bool, file: Path, expected: str) -> None:
    """Refuse a checkpoint, unless something holds of it.

    Raises:
        DataError: it does not; names the file and what was expected.
    """
    if not holds:
        raise DataError(f"{file}: expected a checkpoint of this training with {expected}, got another")


def require_entries(saved: Any, names: Sequence[str], file: Path) -> None:
    """Refuse what is no dictionary with these names.

    Raises:
        DataError: names the file.
    """
    is_whole = isinstance(saved, dict) and all(name in saved for name in names)
    require(is_whole, file, f"entries {', '.join(names)}")


def require_weights(saved: Any, network: nn.Module, file: Path) -> None:
    """Refuse weights of other names, shapes or types than those of a network.

    Raises:
        DataError: names the file.
    """
    require(_are_alike(saved, network.state_dict()), file, "the weights of its network")


def require_average(saved: Any, network: nn.Module, file: Path) -> None:
    """Refuse what is neither None nor an average of a network's weights (`torch.optim.swa_utils.AveragedModel`).

    Raises:
        DataError: names the file.
    """
    averaged = {"n_averaged": torch.zeros((), dtype=torch.long)}
    averaged |= {f"module.{name}": value for name, value in network.state_dict().items()}
    require(saved is None or _are_alike(saved, averaged), file, "an average of its weights")


def _are_alike(saved: Any, expected: Mapping[str, Tensor]) -> bool:
    """Whether these are tensors of the same names, shapes and types."""
    if not isinstance(saved, dict) or saved.keys() != expected.keys():
        return False
    for name, value in expected.items():
        other = saved[name]
        if not isinstance(other, Tensor) or other.shape != value.shape or other.dtype != value.dtype:
            return False
    return True


def outline(value: Any) -> Any:
    """Give the form of nested values: of tensors shape and type; all else as it is, tuples as lists."""
    if isinstance(value, Tensor):
        return "tensor", tuple(value.shape), value.dtype
    if isinstance(value, list | tuple):
        return [outline(part) for part in value]
    if isinstance(value, dict):
        return {name: outline(part) for name, part in value.items()}
    return value
