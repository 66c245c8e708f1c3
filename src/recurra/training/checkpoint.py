"""All that a training needs to go on as if never stopped, in one file without pickle."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from recurra.data import atomic
from recurra.errors import DataError


def save_tree(path: Path, tree: Any) -> None:
    """Write nested dictionaries and lists of tensors, numbers and texts as one safetensors file, at once or not at all.

    Dictionaries may have whole numbers as keys; tuples come back as lists.
    """
    tensors: dict[str, Tensor] = {}
    skeleton = _pack(tree, tensors)
    with atomic.replacing(path) as aside:
        save_file(tensors, aside, metadata={"recurra": json.dumps(skeleton)})


def load_tree(path: Path) -> Any:
    """Read what `save_tree` wrote.

    Raises:
        DataError: the file is not one of these.
    """
    try:
        with safe_open(path, "pt") as file:
            return _unpack(json.loads(file.metadata()["recurra"]), file)
    except FileNotFoundError:
        raise DataError(f"{path}: expected a checkpoint, found nothing there") from None
    except Exception as error:  # safetensors' own errors, a missing key, wrong JSON
        raise DataError(f"{path}: expected a Recurra checkpoint, got: {error}") from error


def _pack(tree: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(tree, Tensor):
        name = str(len(tensors))
        tensors[name] = tree.detach().cpu().clone().contiguous()
        return {"tensor": name}
    if isinstance(tree, dict):
        return {"dict": [[key, _pack(value, tensors)] for key, value in tree.items()]}
    if isinstance(tree, list | tuple):
        return {"list": [_pack(value, tensors) for value in tree]}
    return {"value": tree}


def _unpack(node: dict[str, Any], file: Any) -> Any:
    ((kind, content),) = node.items()
    if kind == "tensor":
        return file.get_tensor(content)
    if kind == "dict":
        return {key: _unpack(value, file) for key, value in content}
    if kind == "list":
        return [_unpack(value, file) for value in content]
    return content


def save_weights(path: Path, network: nn.Module) -> None:
    """Write the weights of a network as plain safetensors, at once or not at all."""
    weights = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    with atomic.replacing(path) as aside:
        save_file(weights, aside, metadata={"format": "pt"})


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read weights that `save_weights` wrote.

    Raises:
        DataError: the file is missing or broken.
    """
    try:
        return load_file(path)
    except FileNotFoundError:
        raise DataError(f"{path}: expected weights, found nothing there") from None
    except Exception as error:  # safetensors' own errors
        raise DataError(f"{path}: expected weights in the safetensors format, got: {error}") from error


def load_weights(path: Path, network: nn.Module) -> None:
    """Read weights that `save_weights` wrote into a network.

    Raises:
        DataError: the file is missing or broken, or its names and shapes are not the network's.
    """
    try:
        network.load_state_dict(read_weights(path))
    except RuntimeError as error:
        raise DataError(f"{path}: expected weights of this network, got: {error}") from error


def random_state() -> dict[str, Tensor]:
    """Give the state of every random number generator that training draws from."""
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def set_random_state(states: dict[str, Tensor]) -> None:
    """Put the generators back to a state that `random_state` gave."""
    torch.set_rng_state(states["cpu"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])
