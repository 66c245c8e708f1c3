"""The input of any torch module as vectors, (B, T, I): numbers as they are, symbols by the vectors made of them."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence
from torch.utils._pytree import tree_map_only

from recurra.explain.attribution.layer_input import reading_layer, replaced, taken
from recurra.nn import layout


class ModuleInput:
    """What a module reads first, and the module as a function of it.

    Args:
        model: any module.
        inputs: what it is called with: one argument, several as a tuple or list, or a dictionary of named ones. The
            first is what is attributed: (B, T, I), (T, B, I) without `batch_first`, (T, I), or packed; or symbols,
            without the last dimension.
        batch_first: of the first argument.

    Attributes:
        vectors: (B, T, I).
        lengths: real steps of each sequence that is packed, (B,); None where all are.
        layer: where the vectors of symbols were taken; None where the input is numbers.

    Raises:
        ValueError: the first argument is no sequence.
    """

    def __init__(self, model: nn.Module, inputs: Any, batch_first: bool = True):
        inputs = tree_map_only(Tensor, _with_gradients, inputs)
        first, self._call, self._has_others = _caller(model, inputs)
        self._first, self.batch_first = first, batch_first
        data = first.data if isinstance(first, PackedSequence) else first
        if not isinstance(data, Tensor):
            raise ValueError(f"inputs: expected a tensor or a PackedSequence first, got {type(first).__name__}")
        self.layer: nn.Module | None = None
        self.lengths: Tensor | None = None
        if data.is_floating_point():
            batch, self._form = layout.read(first, None, batch_first)
            padded = batch.padded()
            self.vectors, self.lengths = padded.x.transpose(0, 1), padded.lengths
        else:
            if isinstance(first, PackedSequence):
                raise ValueError("inputs: expected symbols as a tensor, got them packed; give their vectors instead")
            with torch.no_grad():
                self.layer = reading_layer(model, lambda: self._call(first))
            self.vectors = taken(self.layer, lambda: self._call(first), batch_first)

    @property
    def unbatched(self) -> bool:
        """Whether the first argument is one sequence without a batch."""
        return self._first.dim() == 1 if self.layer is not None else self._form.unbatched

    @property
    def can_repeat(self) -> bool:
        """Whether the module can be called with all sequences several times over, in one batch."""
        return not (self._has_others or self.unbatched or isinstance(self._first, PackedSequence))

    def run(self, vectors: Tensor) -> Any:
        """Call the module with other vectors, (B, T, I), or where it `can_repeat` (K B, T, I)."""
        if self.layer is None:
            return self._call(layout.write(layout.Batch(vectors.transpose(0, 1)), self._form))
        first = self._first
        times = len(vectors) // len(self.vectors)
        if times > 1:
            first = first.repeat(times, 1) if self.batch_first else first.repeat(1, times)
        with replaced(self.layer, vectors, self.batch_first):
            return self._call(first)

    def names(self, number: int) -> list[str]:
        """What each step of a sequence is called: its symbol, or its number."""
        steps = self.vectors.shape[1] if self.lengths is None else int(self.lengths[number])
        if self.layer is None:
            return [f"step {step}" for step in range(steps)]
        symbols = self._first if self._first.dim() > 1 else self._first.unsqueeze(0 if self.batch_first else 1)
        return [str(symbol) for symbol in symbols.select(0 if self.batch_first else 1, number).tolist()]

    def like(self, baseline: Tensor | float | None) -> Tensor:
        """A baseline in the form of the vectors; zeros for None.

        Args:
            baseline: a number, or a tensor that fits the first argument: of symbols their vectors.

        Raises:
            ValueError: its shape does not fit.
        """
        if baseline is None:
            return torch.zeros_like(self.vectors)
        if not isinstance(baseline, Tensor):
            return torch.full_like(self.vectors, baseline)
        batch_first_of = baseline if self.batch_first or baseline.dim() < 3 else baseline.transpose(0, 1)
        try:
            return batch_first_of.expand_as(self.vectors).to(self.vectors.dtype)
        except RuntimeError:
            expected, got = tuple(self.vectors.shape), tuple(batch_first_of.shape)
            raise ValueError(f"baseline: expected what expands to (B, T, I) = {expected}, got {got}") from None

    def in_form(self, values: Tensor) -> Tensor:
        """Values (B, T, I) as the first argument is laid out; of what is packed, padded and batch first."""
        if isinstance(self._first, PackedSequence):
            return values
        if self.unbatched:
            return values.squeeze(0)
        return values if self.batch_first else values.transpose(0, 1)


def _caller(model: nn.Module, inputs: Any) -> tuple[Any, Callable[[Any], Any], bool]:
    """The first argument, the module as a function of it, and whether there are others."""
    if isinstance(inputs, Mapping):
        name, first = next(iter(inputs.items()))
        return first, lambda value: model(**{**inputs, name: value}), len(inputs) > 1
    if isinstance(inputs, tuple | list) and not isinstance(inputs, PackedSequence):
        return inputs[0], lambda value: model(value, *inputs[1:]), len(inputs) > 1
    return inputs, model, False


def _with_gradients(tensor: Tensor) -> Tensor:
    """The same tensor, or a copy where it was made in inference mode, which autograd refuses."""
    return tensor.clone() if tensor.is_inference() else tensor
