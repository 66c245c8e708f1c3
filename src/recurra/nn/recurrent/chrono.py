"""A start at which memories last as long as a task needs them."""

import torch

from recurra.nn.recurrent.stack import Recurrent


@torch.no_grad()
def start_with_memory(recurrence: Recurrent, longest: int) -> None:
    """Begin with gates that hold what is remembered for 1 to `longest` steps, each unit for another time.

    The bias of a gate that keeps (an LSTM's f, a GRU's z) becomes log(u), with u uniform between 1 and `longest` - 1,
    and that of an LSTM's i the negative of it: "chrono initialization" (Tallec and Ollivier, 2018, "Can recurrent
    neural networks warp time?").

    Args:
        recurrence: whose biases are changed.
        longest: steps T over which something is to be remembered.

    Raises:
        ValueError: the cell has no gate f or z, or the layer no biases.
    """
    sizes = recurrence._cell(0).gate_sizes()
    keeping = next((gate for gate in ("f", "z") if gate in sizes), None)
    if keeping is None or not recurrence.bias:
        raise ValueError(f"chrono: expected a cell with a gate f or z and biases, got {', '.join(sizes)}")
    for suffix in recurrence._suffixes:
        inputs = recurrence.get_parameter("bias_ih" + suffix).split(list(sizes.values()))
        states = recurrence.get_parameter("bias_hh" + suffix).split(list(sizes.values()))
        by_gate = dict(zip(sizes, zip(inputs, states, strict=True), strict=True))
        times = 1 + torch.rand(sizes[keeping]) * max(0, longest - 2)  # (H,), in steps
        for gate, sign in ((keeping, 1), ("i", -1)):
            if gate in by_gate:
                input_bias, state_bias = by_gate[gate]
                input_bias.copy_(sign * times.log())
                state_bias.zero_()
