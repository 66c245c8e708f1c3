"""What is recorded of a recurrent layer in a forward pass: one call of a layer, or all steps of a cell."""

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from recurra.nn import layout
from recurra.nn.cells import Cell
from recurra.nn.recurrent import Recurrent
from recurra.nn.step_mask import step_mask


@dataclass(eq=False)
class LayerCall:
    """One call of a layer that runs over whole sequences.

    Everything is time first, batched and padded, in the order of the caller's batch: T steps, B sequences, L layers of
    D directions, P outputs of each direction.

    Attributes:
        name: of the layer in the model.
        module: the layer.
        stack: the layer as a `Recurrent`: itself, or for one of torch.nn's a view of it.
        batch, form: its input as `recurra.nn.layout.read` gives it: maybe packed.
        lengths: real steps of each sequence, (B,); None where all are real.
        initial: the states before the first step, each (L D, B, ...).
        output: what it gave, (T, B, D P), copied, since whoever called may change it.
        final: the states after the last step that it gave, each (L D, B, ...).
        random_states: of torch's generators before the call, where the layer draws from it.
        output_grad: gradient of the output, (T, B, D P), zero in padding, once the backward pass came through; None
            where none came.
        final_grads: likewise of each final state, (L D, B, ...).
    """

    name: str
    module: nn.Module
    stack: Recurrent
    batch: layout.Batch
    form: layout.Layout
    lengths: Tensor | None
    initial: list[Tensor]
    output: Tensor
    final: list[Tensor]
    random_states: list[Tensor] | None = None
    output_grad: Tensor | None = None
    final_grads: list[Tensor | None] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The cell as torch.nn's layers name it, such as "LSTM" or "RNN_TANH"; of another cell its class."""
        return self.stack.mode

    @property
    def layers(self) -> int:
        """Layers L of the stack."""
        return self.stack.num_layers

    @property
    def directions(self) -> int:
        """Directions D: 1 or 2."""
        return self.stack.num_directions

    @property
    def batch_first(self) -> bool:
        """Whether the caller's sequences are (B, T, ...); what is recorded is (T, B, ...) all the same."""
        return self.form.batch_first

    @property
    def mask(self) -> Tensor | None:
        """Which steps are no padding, (T, B); None where all are real."""
        return None if self.lengths is None else step_mask(self.lengths, self.steps).T

    @property
    def steps(self) -> int:
        """Steps T of the longest sequence, with what pads it."""
        return len(self.output)

    @property
    def sequences(self) -> int:
        """Sequences B."""
        return self.output.shape[1]


@dataclass(eq=False)
class CellSteps:
    """The calls of one cell in a loop of the model's own, one after the other.

    Attributes:
        name: of the cell in the model.
        module: the cell.
        arguments: of each call, positional and by keyword.
        states: the states after each call by name, each (B, ...), as the graph of the forward pass holds them.
        grads: their gradients, once the backward pass came through; a name is missing where none came.
    """

    name: str
    module: nn.Module
    arguments: list[tuple[tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)
    states: list[dict[str, Tensor]] = field(default_factory=list)
    grads: list[dict[str, Tensor]] = field(default_factory=list)

    layers = 1
    directions = 1
    batch_first = False
    lengths: Tensor | None = None

    @property
    def kind(self) -> str:
        """The cell as torch.nn's layers name it; of another cell its class."""
        nonlinearity = getattr(self.module, "nonlinearity", "")
        names = {nn.RNNCell: f"RNN_{nonlinearity}".upper(), nn.LSTMCell: "LSTM", nn.GRUCell: "GRU"}
        return next((kind for cls, kind in names.items() if isinstance(self.module, cls)), type(self.module).__name__)

    @property
    def steps(self) -> int:
        """Calls of the cell, T."""
        return len(self.states)

    @property
    def sequences(self) -> int:
        """Sequences B; 1 where the cell was given no batch."""
        h = self.states[0]["h"]
        return len(h) if h.dim() > 1 else 1


RecurrentCall = LayerCall | CellSteps


def states_after(cell: nn.Module, result: Any) -> dict[str, Tensor]:
    """The states that a cell gave, by name: "h", then "c", and numbers for what is further.

    The first tensor is taken for h. The same tensor twice, as in (output, (h, c)) where the output is h, is one state.
    """
    if isinstance(cell, Cell):
        return {name: result[name] for name in cell.states}
    tensors = list[Tensor]()
    for tensor in tree_leaves(result):
        if isinstance(tensor, Tensor) and tensor.is_floating_point() and not any(tensor is other for other in tensors):
            tensors.append(tensor)
    if not tensors:
        raise ValueError(f"cells: expected a cell to give its states as tensors, got {type(result).__name__}")
    names = ["h", "c", *map(str, range(2, len(tensors)))]
    return dict(zip(names, tensors, strict=False))
