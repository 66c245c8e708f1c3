"""Keras' recurrent layers on Recurra's kernels; every other name is Keras' own."""

from typing import Any

import keras
import torch
from torch import Tensor

from recurra.keras import cells, masks


class _OnKernels(keras.layers.RNN):
    """What the layers share: Keras' own layer, but for the loop over time, which runs on the kernels where they serve.

    They serve Keras' standard cells (`recurra.keras.cells`) in float32 and float64, without dropout of the recurrent
    state in training, and where nobody watches the steps. All else runs Keras' own loop.
    """

    def inner_loop(self, sequences: Tensor, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """Run over time, as Keras asks its layers to.

        Args:
            sequences: (B, T, I).
            initial_state: h, or h and c, (B, H) each.
            mask: true at the steps that are real, (B, T); None where all are.
            training: whether dropout is drawn.

        Returns:
            The last output (B, H), all outputs (B, T, H), or only the last where no others are asked for, and the
            final states.
        """
        mask = masks.of_steps(mask)
        if not cells.serve(self.cell, sequences, mask, training):
            return super().inner_loop(sequences, initial_state, mask, training)
        if training and self.cell.dropout:
            sequences = sequences * self.cell.get_dropout_mask(sequences[:, 0, :]).unsqueeze(1)
        if self.go_backwards:
            sequences, mask = sequences.flip(1), None if mask is None else mask.flip(1)
        states = [state.unsqueeze(0) for state in keras.tree.flatten(initial_state)]
        if self.stateful:  # Keras overwrites its states before the backward pass, which needs those of now
            states = [state.clone() for state in states]
        step_mask = masks.read(mask)
        outputs, finals = cells.run([self.cell], sequences, states, step_mask)
        finals = [final.squeeze(0) for final in finals]
        if not self.return_sequences:
            last = finals[0] if step_mask is None else step_mask.last_output(finals[0], self.zero_output_for_mask)
            return last, last.unsqueeze(1), finals
        if step_mask is not None:
            outputs = step_mask.spread(outputs, self.zero_output_for_mask)
        return outputs[:, -1], outputs, finals


@keras.saving.register_keras_serializable("recurra")
class SimpleRNN(_OnKernels, keras.layers.SimpleRNN):
    """`keras.layers.SimpleRNN` on Recurra's kernels: the same arguments, weights and results."""


@keras.saving.register_keras_serializable("recurra")
class LSTM(_OnKernels, keras.layers.LSTM):
    """`keras.layers.LSTM` on Recurra's kernels: the same arguments, weights and results."""


@keras.saving.register_keras_serializable("recurra")
class GRU(_OnKernels, keras.layers.GRU):
    """`keras.layers.GRU` on Recurra's kernels: the same arguments, weights and results."""


@keras.saving.register_keras_serializable("recurra")
class Bidirectional(keras.layers.Bidirectional):
    """`keras.layers.Bidirectional`; over two layers of this module that are alike, both directions run as one."""

    def call(self, sequences: Tensor, initial_state: Any = None, mask: Any = None, training: Any = None) -> Any:
        """Read in both directions; arguments and results as of Keras' layer."""
        mask = masks.of_steps(mask)
        if not self._runs_as_one(sequences, mask, training):
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)
        both_cells = [self.forward_layer.cell, self.backward_layer.cell]
        if initial_state is None:
            initial_state = [state for cell in both_cells for state in cell.get_initial_state(len(sequences))]
        initial = [torch.as_tensor(state, dtype=sequences.dtype) for state in initial_state]
        kinds = len(initial) // 2  # h, or h and c
        states = [torch.stack(initial[kind::kinds]) for kind in range(kinds)]  # (2, B, H) each
        step_mask = masks.read(mask)
        outputs, finals = cells.run(both_cells, sequences, states, step_mask)
        if not self.return_sequences:
            last = finals[0] if step_mask is None else step_mask.last_output(finals[0], False)  # (2, B, H)
            merged = _merge(list(last), self.merge_mode)
        else:
            outputs = outputs if step_mask is None else step_mask.spread(outputs, True)
            concat = self.merge_mode == "concat"
            merged = outputs if concat else _merge(list(outputs.chunk(2, -1)), self.merge_mode)
        if not self.return_state:
            return merged
        final_states = tuple(final[direction] for direction in (0, 1) for final in finals)
        return (merged if self.merge_mode is None else (merged,)) + final_states

    def _runs_as_one(self, sequences: Tensor, mask: Any, training: Any) -> bool:
        layers = self.forward_layer, self.backward_layer
        if not all(self._needs_no_call(layer, layer is layers[1]) for layer in layers):
            return False
        first, second = (layer.cell for layer in layers)
        alike = all(getattr(first, name, None) == getattr(second, name, None) for name in cells.TRAITS)
        if type(first) is not type(second) or not alike:
            return False
        drops = training and (first.dropout or second.dropout)
        return not drops and all(cells.serve(cell, sequences, mask, bool(training)) for cell in (first, second))

    def _needs_no_call(self, layer: Any, from_the_end: bool) -> bool:
        """Whether a layer of one direction is this module's own as it was made, so that nobody misses its call."""
        if type(layer) not in (SimpleRNN, LSTM, GRU) or cells.is_watched(layer) or "inner_loop" in vars(layer):
            return False
        if layer.stateful or not layer.built or layer.activity_regularizer is not None:
            return False
        settings = layer.return_sequences, layer.return_state, layer.zero_output_for_mask, layer.go_backwards
        return settings == (self.return_sequences, self.return_state, self.return_sequences, from_the_end)


def accelerate(model: Any) -> Any:
    """Put the recurrent layers of a Keras model on the kernels, in place: of one that was loaded, or built elsewhere.

    Args:
        model: a Keras model or layer. Of its layers, those of exactly the classes that this module has its own of
            become these; weights, optimizer and all else stay.

    Returns:
        `model` itself.
    """
    for layer in model._flatten_layers():
        layer.__class__ = _ON_KERNELS.get(type(layer), type(layer))
    return model


_ON_KERNELS = {cls.__bases__[-1]: cls for cls in (SimpleRNN, LSTM, GRU, Bidirectional)}


def _merge(both: list[Tensor], mode: str | None) -> Any:
    forward, backward = both
    if mode is None:
        return forward, backward
    if mode == "concat":
        return torch.cat(both, -1)
    if mode == "mul":
        return forward * backward
    total = forward + backward
    return total / 2 if mode == "ave" else total


def __getattr__(name: str) -> Any:
    return getattr(keras.layers, name)


def __dir__() -> list[str]:
    return sorted({*(name for name in globals() if name[0].isupper()), *dir(keras.layers)})
