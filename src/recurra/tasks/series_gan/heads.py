"""What a network gives for each feature of a row, and how far that is from the true row."""

import warnings
from collections.abc import Sequence
from itertools import accumulate, pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.data.tables.feature import Feature
from recurra.nn.generators import generator_for


def slices(features: Sequence[Feature]) -> list[slice]:
    """Where the numbers of each feature stand in a row."""
    ends = [0, *accumulate(feature.size for feature in features)]
    return [slice(start, end) for start, end in pairwise(ends)]


def head(inputs: int, outputs: int) -> nn.Linear:
    """Make a linear layer that may have no outputs, which torch warns of when it draws the weights."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Initializing zero-element tensors", category=UserWarning)
        return nn.Linear(inputs, outputs)


def activate(logits: Tensor, features: Sequence[Feature]) -> Tensor:
    """Give numbers between 0 and 1, (..., F), of logits (..., F): of a category probabilities, else a sigmoid."""
    if all(feature.kind != "category" for feature in features):
        return torch.sigmoid(logits)
    parts = [
        torch.softmax(logits[..., part], -1) if feature.kind == "category" else torch.sigmoid(logits[..., part])
        for feature, part in zip(features, slices(features), strict=True)
    ]
    return torch.cat(parts, -1)


def reconstruction_loss(logits: Tensor, true: Tensor, features: Sequence[Feature], mask: Tensor) -> Tensor:
    """Give the mean loss of rows: of numbers the squared error, of categories and marks the cross-entropy, in nats.

    Args:
        logits: before `activate`, (B, T, F).
        true: rows, (B, T, F).
        features: of a row.
        mask: of the rows that are no padding, (B, T).
    """
    logits, true = logits[mask], true[mask]  # (N, F)
    if all(feature.kind == "number" for feature in features):
        return F.mse_loss(torch.sigmoid(logits), true)
    total = logits.new_zeros(())
    for feature, part in zip(features, slices(features), strict=True):
        if feature.kind == "number":
            total = total + F.mse_loss(torch.sigmoid(logits[:, part]), true[:, part])
        elif feature.kind == "category":
            total = total + _CROSS_ENTROPY * F.cross_entropy(logits[:, part], true[:, part])
        else:
            total = total + _CROSS_ENTROPY * F.binary_cross_entropy_with_logits(logits[:, part], true[:, part])
    return total / len(features)


_CROSS_ENTROPY = 0.1  # weight against squared errors of numbers between 0 and 1, which are far smaller


def harden(rows: Tensor, features: Sequence[Feature]) -> Tensor:
    """Draw categories and marks from their probabilities, so that a made row (..., F) is like a real one."""
    generator, parts = generator_for(rows), []
    for feature, part in zip(features, slices(features), strict=True):
        numbers = rows[..., part]
        if feature.kind == "category":
            flat = numbers.reshape(-1, feature.size)
            drawn = torch.multinomial(flat + 1e-8, 1, generator=generator)[:, 0]
            numbers = F.one_hot(drawn, feature.size).to(rows.dtype).reshape(numbers.shape)
        elif feature.kind == "mark":
            numbers = torch.bernoulli(numbers, generator=generator)
        parts.append(numbers)
    return torch.cat(parts, -1) if parts else rows
