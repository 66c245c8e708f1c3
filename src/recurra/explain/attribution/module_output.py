"""Which number of what a module gives is explained."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from recurra.errors import quote

Select = Callable[[Any], Tensor]
"""From what a module gives to a score for each sequence, (B,)."""


def selection(
    result: Any,
    target: Any,
    size: int,
    lengths: Tensor | None = None,
    batch_first: bool = True,
    unbatched: bool = False,
) -> tuple[Select, list[str]]:
    """Choose the score that is explained.

    Args:
        result: what the module gave: a tensor, or a tuple of which the first is taken: (B,), (B, C), or with an output
            a step (B, T, C), of which the last real step is taken; (T, B, C) without `batch_first`.
        target: which of the C outputs, a number for all sequences or a tensor (B,); None takes the largest. Or a
            function that gives a score for each sequence, (B,), of what the module gave.
        size: sequences B.
        lengths: real steps of each, (B,); None where all are.
        batch_first: of an output a step.
        unbatched: whether the one sequence has no batch: (C,), or (T, C).

    Returns:
        The function from what a module gives to the scores, and what each sequence's output is called. Where the module
        was called with all sequences several times over, in one batch, the scores are of all of these.

    Raises:
        ValueError: the output is not of such a shape, or has no such target.
    """
    if callable(target):
        scores = target(result)
        if not isinstance(scores, Tensor) or scores.shape != (size,):
            raise ValueError(f"target: expected a function that gives a score for each of {size} sequences")
        return target, ["the score"] * size

    def rows(result: Any) -> Tensor:
        return _rows(result, lengths, batch_first, unbatched)

    outputs = rows(result)  # (B, C)
    if len(outputs) != size:
        raise ValueError(f"output: expected {size} rows, one a sequence, got {len(outputs)}")
    chosen = outputs.argmax(1) if target is None else torch.as_tensor(target, device=outputs.device).expand(size)
    if chosen.is_floating_point() or not bool(((chosen >= 0) & (chosen < outputs.shape[1])).all()):
        raise ValueError(f"target: expected outputs from 0 to {outputs.shape[1] - 1}, got {quote(target)}")
    names = [f"output {number}" for number in chosen.tolist()]

    def select(result: Any) -> Tensor:
        outputs = rows(result)
        repeated = chosen.repeat(len(outputs) // size)
        return outputs.gather(1, repeated.unsqueeze(1))[:, 0]

    return select, names


def _rows(result: Any, lengths: Tensor | None, batch_first: bool, unbatched: bool) -> Tensor:
    """The outputs of each sequence, (B, C): at its last real step where there is one a step."""
    output = result[0] if isinstance(result, tuple | list) and not isinstance(result, PackedSequence) else result
    if isinstance(output, PackedSequence):
        output, lengths = pad_packed_sequence(output, batch_first=True)
        batch_first = True
    if not isinstance(output, Tensor) or output.dim() > 3:
        got = f"shape {tuple(output.shape)}" if isinstance(output, Tensor) else type(output).__name__
        raise ValueError(f"output: expected (B, C) or (B, T, C), got {got}; name a target that is a function")
    if unbatched:
        return output[-1:] if output.dim() == 2 else output.reshape(1, -1)
    if output.dim() < 3:
        return output.reshape(len(output), -1) if output.dim() else output.reshape(1, 1)
    output = output if batch_first else output.transpose(0, 1)  # (B, T, C)
    if lengths is None:
        return output[:, -1]
    return output[torch.arange(len(output)), (lengths - 1).to(output.device)]
