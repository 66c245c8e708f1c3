"""Any torch module over a batch: its features, and properties that a person names."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from recurra.explain import model_call
from recurra.explain.activations.known import indicators, placed
from recurra.explain.activations.subject import Subject


def subject_of(model: nn.Module, inputs: Any, properties: Mapping[str, Any] | None, batch_first: bool) -> Subject:
    """Let a module read a batch.

    Args:
        model: any module with recurrent layers, the last of which is looked at.
        inputs: what it is called with; the first argument is (B, T, I), symbols (B, T), or packed.
        properties: by name bools or numbers for each step, (B, T), or (T, B) without `batch_first`.
        batch_first: of the first argument.

    Raises:
        ValueError: a property has not the shape of the batch, or the first argument is no batch of sequences.
    """
    first = inputs
    if isinstance(inputs, Mapping):
        first = next(iter(inputs.values()))
    elif isinstance(inputs, tuple | list) and not isinstance(inputs, PackedSequence):
        first = inputs[0]
    x, lengths = _batch(first, batch_first)
    read = [x[number, :length] for number, length in enumerate(lengths)]
    known = placed(lengths, "place in the sequence")
    features = list[str]()
    if x.ndim == 3:
        features = [f"feature {number}" for number in range(x.shape[2])]
        for number, feature in enumerate(features):
            known[feature] = [part[:, number].astype(np.float64) for part in read]
    else:
        names = [f"symbol {number}" for number in range(int(x.max()) + 1)]
        known |= indicators([part.astype(np.float64) for part in read], names)
    for name, values in (properties or {}).items():
        table = _table(name, values, x.shape[:2], batch_first)
        known[name] = [table[number, :length] for number, length in enumerate(lengths)]
    symbols = [] if x.ndim == 3 else [[str(number) for number in part.tolist()] for part in read]
    series = read if x.ndim == 3 else []
    return Subject(model, lambda: model_call.run(model, inputs), None, known, symbols, series, features)


def _batch(first: Any, batch_first: bool) -> tuple[np.ndarray, list[int]]:
    """What is read, (B, T, I) or (B, T), and how long each sequence is."""
    if isinstance(first, PackedSequence):
        padded, lengths = pad_packed_sequence(first, batch_first=True)
        return padded.detach().cpu().numpy(), lengths.tolist()
    if not isinstance(first, Tensor) or first.dim() != (3 if first.is_floating_point() else 2):
        got = f"shape {tuple(first.shape)}" if isinstance(first, Tensor) else type(first).__name__
        raise ValueError(f"inputs: expected (B, T, I) numbers or (B, T) symbols, got {got}")
    x = (first if batch_first else first.transpose(0, 1)).detach().cpu().numpy()
    return x, [x.shape[1]] * len(x)


def _table(name: str, values: Any, shape: tuple[int, ...], batch_first: bool) -> np.ndarray:
    """A property as bools or numbers, (B, T)."""
    array = torch.as_tensor(values).cpu().numpy()
    table = array if batch_first else array.T
    if table.shape != tuple(shape):
        expected = tuple(shape) if batch_first else tuple(shape)[::-1]
        raise ValueError(f"properties: expected {name!r} of shape {expected}, got {array.shape}")
    return table if table.dtype == bool else table.astype(np.float64)
