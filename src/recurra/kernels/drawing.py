"""Symbols drawn from the softmax of scores, by numbers that are given: the same ones on every processor."""

from collections.abc import Sequence

from torch import Tensor

from recurra.kernels import compiled, reduced_torch


def draw(scores: Tensor, shares: Sequence[float]) -> list[int]:
    """Draw a symbol of each row: the first whose cumulative probability exceeds a number.

    e^x is rounded in one way everywhere (`reduced_torch`), and summed in float64 from the first symbol to the last.

    Args:
        scores: (B, V), float32; -inf for what is never drawn.
        shares: a number of [0, 1) for each row.
    """
    if compiled.serves(scores) and scores.is_contiguous():
        return compiled.extension.draw(scores.data_ptr(), scores.shape[1], shares)
    return reduced_torch.draw(scores, shares)
