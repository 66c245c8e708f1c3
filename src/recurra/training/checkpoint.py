"""Weights, and all that a training needs to go on as if never stopped, each in one file without pickle."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from recurra.data.files import tensor_file
from recurra.data.files.regular_file import parse_json
from recurra.data.files.tensor_file import Header
from recurra.errors import DataError

_WEIGHTS, _CHECKPOINT = "weights in the safetensors format", "a Recurra checkpoint"
_TREE = "recurra"  # name of the metadata that hold the tree of a checkpoint


def save_tree(path: Path, tree: Any, metadata: Mapping[str, str] | None = None) -> None:
    """Write nested dictionaries and lists of tensors, numbers and texts as one safetensors file, at once or not at all.

    Dictionaries may have whole numbers as keys; tuples come back as lists.

    Args:
        path: the file.
        tree: what to write.
        metadata: more texts by name.
    """
    tensors: dict[str, Tensor] = {}
    skeleton = _pack(tree, tensors)
    tensor_file.write(path, tensors, {_TREE: json.dumps(skeleton), **(metadata or {})})


def load_tree(path: Path, limit: int | None = None) -> Any:
    """Read what `save_tree` wrote.

    Args:
        path: the file.
        limit: bytes that its tensors have at most; None for any number.

    Raises:
        DataError: the file is not one of these.
    """

    def check(header: Header) -> None:
        size = max((entry.stop for entry in header.entries.values()), default=0)
        if limit is not None and size > limit:
            raise DataError(f"{path}: expected {_CHECKPOINT} of at most {limit:,} bytes, got {size:,}")

    tensors, header = tensor_file.read(path, _CHECKPOINT, check)
    if _TREE not in header.metadata:
        raise DataError(f"{path}: expected {_CHECKPOINT}, got other tensors")
    skeleton = parse_json(header.metadata[_TREE].encode(), path, _CHECKPOINT, finite=False)
    try:
        return _unpack(skeleton, tensors)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise DataError(f"{path}: expected {_CHECKPOINT}, got tensors in another order") from None


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


def _unpack(node: dict[str, Any], tensors: Mapping[str, Tensor]) -> Any:
    ((kind, content),) = node.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "dict":
        return {key: _unpack(value, tensors) for key, value in content}
    if kind == "list":
        return [_unpack(value, tensors) for value in content]
    return content


def save_weights(path: Path, network: nn.Module, metadata: Mapping[str, str] | None = None) -> None:
    """Write the weights of a network as plain safetensors, at once or not at all.

    Args:
        path: the file.
        network: whose weights.
        metadata: texts by name, to be kept beside them.
    """
    weights = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    tensor_file.write(path, weights, {"format": "pt", **(metadata or {})})


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read weights that `save_weights` wrote.

    Raises:
        DataError: the file is missing or broken.
    """
    return tensor_file.read(path, _WEIGHTS)[0]


def read_header(path: Path) -> Header:
    """Read what a file of weights or a checkpoint says it holds.

    Raises:
        DataError: the file is missing, or its header is broken.
    """
    return tensor_file.read_header(path, _WEIGHTS)


def load_weights(path: Path, network: nn.Module) -> dict[str, str]:
    """Read weights that `save_weights` wrote into a network, which may be one without memory (device "meta").

    Returns:
        What was kept beside them.

    Raises:
        DataError: the file is missing or broken, or its names and shapes are not the network's.
    """
    weights, header = tensor_file.read(path, _WEIGHTS, lambda header: check_weights(path, header, network))
    network.load_state_dict(weights, assign=any(value.is_meta for value in network.state_dict().values()))
    for name, tensor in (*network.named_parameters(), *network.named_buffers()):
        if tensor.is_meta:  # a buffer that is not among the weights: it was made without memory, and has no numbers
            raise TypeError(f"{name}: expected to be among the weights of a network, since it is opened without memory")
    return header.metadata


def check_weights(path: Path, header: Header, network: nn.Module) -> None:
    """Hold the names, shapes and types of weights to those of a network.

    Raises:
        DataError: they are others; the message names the first.
    """
    expected = {name: (tuple(value.shape), value.dtype) for name, value in network.state_dict().items()}
    saved = {name: (entry.shape, entry.dtype) for name, entry in header.entries.items()}
    for name in [*expected, *saved]:
        if expected.get(name) != saved.get(name) and not _was_float32(expected.get(name), saved.get(name)):
            form, other = _shown(expected.get(name)), _shown(saved.get(name))
            raise DataError(f"{path}: expected weights of this network, {name} {form}, got {other}")


def _was_float32(expected: Any, saved: Any) -> bool:
    """Whether a weight is in float32 that is in float64 today, as the means of features were at first."""
    return bool(expected and saved) and expected == (saved[0], torch.float64) and saved[1] == torch.float32


def _shown(weight: tuple[tuple[int, ...], torch.dtype] | None) -> str:
    """Say the shape and type of a weight."""
    return "absent" if weight is None else f"of shape {weight[0]} and type {str(weight[1]).removeprefix('torch.')}"


def generators(seed: int, device: torch.device) -> dict[str, torch.Generator]:
    """Make the generators that a training draws from, by type of device; whole processes share torch's own."""
    devices = {"cpu": torch.device("cpu"), device.type: device}
    return {kind: torch.Generator(place).manual_seed(seed) for kind, place in devices.items()}


def random_state(generators: Mapping[str, torch.Generator]) -> dict[str, Tensor]:
    """Give the state of every generator, by type of device."""
    return {kind: generator.get_state() for kind, generator in generators.items()}


def set_random_state(generators: Mapping[str, torch.Generator], states: Mapping[str, Tensor]) -> None:
    """Put generators back to a state that `random_state` gave; one without a state stays as it is."""
    for kind, generator in generators.items():
        if kind in states:
            generator.set_state(states[kind])
