"""The recurrence in plain torch: slow, obviously right, and open to any cell, type and device.

Whatever runs faster, compiled or from PyTorch, is held to this by the tests.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

States = dict[str, Tensor]
Advance = Callable[[Tensor, States], Mapping[str, Tensor]]
Record = dict[str, list[Tensor]]


def unroll(
    advance: Advance,
    x: Tensor,
    state: States,
    lengths: Tensor | None = None,
    reverse: bool = False,
    record: Record | None = None,
) -> tuple[Tensor, States]:
    """Carry a cell along a sequence: the loop over time, written once for every cell.

    Args:
        advance: one step: input product (B, G) and previous states (B, H) to all named values of the step,
            the new states among them.
        x: input products of all steps, (T, B, G), the input bias included.
        state: the given states by name, each (B, H); the first named is the output "h".
        lengths: real steps of each sequence, (B,); beyond them states stand still and outputs are zero.
        reverse: walk from the last step to the first.
        record: where given, receives each named value of each step, in order of time.

    Returns:
        Outputs (T, B, H), and the states after the last real step.
    """
    steps = range(x.shape[0])
    outputs: list[Tensor] = []
    for t in reversed(steps) if reverse else steps:
        values = dict(advance(x[t], state))
        output = values["h"]
        if lengths is not None:
            real = (t < lengths).unsqueeze(-1)  # (B, 1)
            output = torch.where(real, output, torch.zeros_like(output))
            values |= {name: torch.where(real, values[name], old) for name, old in state.items()}
        state = {name: values[name] for name in state}
        outputs.append(output)
        if record is not None:
            for name, value in values.items():
                record.setdefault(name, []).append(value)
    if reverse:
        outputs.reverse()
        for values_over_time in (record or {}).values():
            values_over_time.reverse()
    return torch.stack(outputs), state
