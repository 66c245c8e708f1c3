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
    result: Any, target: Any, size: int, lengths: Tensor | None, batch_first: bool = True
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

    Returns:
        The function from what a module gives to the scores, and what each sequence's output is called.

    Raises:
        ValueError: the output is not of such a shape, or has no such target.
    """
    if callable(target):
        scores = target(result)
        if not isinstance(scores, Tensor) or scores.shape != (size,):
            raise ValueError(f"target: expected a function that gives a score for each of {size} sequences")
        return target, ["the score"] * size

    def rows(result: Any) -> Tensor:
        return _rows(result, size, lengths, batch_first)

    outputs = rows(result)  # (B, C)
    chosen = outputs.argmax(1) if target is None else torch.as_tensor(target, device=outputs.device).expand(size)
    if chosen.is_floating_point() or not bool(((chosen >= 0) & (chosen < outputs.shape[1])).all()):
        raise ValueError(f"target: expected outputs from 0 to {outputs.shape[1] - 1}, got {quote(target)}")
    names = [f"output {number}" for number in chosen.tolist()]
    return lambda result: rows(result).gather(1, chosen.unsqueeze(1))[:, 0], names


def _rows(result: Any, size: int, lengths: Tensor | None, batch_first: bool) -> Tensor:
    """The outputs of each sequence, (B, C): at its last real step where there is one a step."""
    output = result[0] if isinstance(result, tuple | list) and not isinstance(result, PackedSequence) else result
    if isinstance(output, PackedSequence):
        output, lengths = pad_packed_sequence(output, batch_first=True)
        batch_first = True
    if not isinstance(output, Tensor):
        raise ValueError(f"output: expected a tensor, got {type(output).__name__}; name a target that is a function")
    if output.dim() == 3:
        output = output if batch_first else output.transpose(0, 1)
        last = torch.full((len(output),), output.shape[1] - 1) if lengths is None else lengths.cpu() - 1
        output = output[torch.arange(len(output)), last.to(output.device)]
    elif size == 1 and output.dim() == 2 and len(output) > 1:
        output = output[-1:]  # (T, C) of one sequence that has no batch
    elif output.dim() < 2:
        output = output.reshape(1, -1) if size == 1 else output.reshape(-1, 1)
    if len(output) != size:
        raise ValueError(f"output: expected {size} rows, one a sequence, got shape {tuple(output.shape)}")
    return output
