"""torch.nn.RNNCell, LSTMCell and GRUCell on the compiled kernels."""

from typing import Any

import torch
from torch import Tensor, nn

from recurra import kernels
from recurra.kernels import FUSED_CELLS, compiled
from recurra.nn.accelerated_layers.base import Accelerated, is_watched

_WEIGHTS_OF_A_CELL = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def step_gains(rows: int, gates: int, learns: bool) -> bool:
    """Whether the kernels take one step of a cell sooner than torch, measured by benchmarks/small_layers.py.

    MKL on processors of its maker is slower only where weights stay packed from call to call, and are neither few nor
    so many that to look whether they have changed takes long.

    Args:
        rows: sequences, B.
        gates: gates times units.
        learns: whether gradients may be asked, for which weights are packed anew each time.
    """
    if rows < 64:
        return False
    if compiled.has_mkl_at_home():
        return not learns and 1536 <= gates <= 2048
    return gates >= 384


class _Step(Accelerated, nn.RNNCellBase):
    """One of torch's cells: fused where the kernels serve and gain, and else torch's own function."""

    _gates = 1
    _has_memory = False

    def forward(self, input: Any, hx: Any = None) -> Any:
        """Take one step as torch's cell does: the same arguments, shapes, results and errors."""
        if type(input) is not Tensor or input.dim() != 2:
            return super().forward(input, hx)
        if not step_gains(input.shape[0], self._gates * self.hidden_size, torch.is_grad_enabled()):
            return self._run_native(input, hx) if self._goes_as_it_is(hx) else super().forward(input, hx)
        if is_watched():
            return super().forward(input, hx)
        weights = [self.weight_ih, self.weight_hh, *([self.bias_ih, self.bias_hh] if self.bias else [])]
        is_tuple = isinstance(hx, tuple | list)
        states = [] if hx is None else list(hx) if is_tuple else [hx]
        if not self._serves(input, [*weights, *states]) or not self._fits(input, states, is_tuple):
            return super().forward(input, hx)
        if not states:
            states = [input.new_zeros(len(input), self.hidden_size)] * (2 if self._has_memory else 1)  # (B, H)
        _, final = kernels.sequence(
            FUSED_CELLS[self._mode()],
            input.unsqueeze(0),  # (1, B, I)
            None,
            weights,
            tuple(state.unsqueeze(0) for state in states),  # (1, B, H) each
            bias=self.bias,
            bidirectional=False,
            training=self.training,
        )
        new = tuple(part.squeeze(0) for part in final)
        return new if len(new) > 1 else new[0]

    def _goes_as_it_is(self, hx: Any) -> bool:
        """Whether torch's cell hands a state to its function as it is."""
        if hx is None:
            return True
        if not self._has_memory:
            return type(hx) is Tensor and hx.dim() == 2
        return type(hx) is tuple and len(hx) == 2 and all(type(part) is Tensor and part.dim() == 2 for part in hx)

    def _run_native(self, x: Tensor, hx: Any) -> Any:
        """Call torch's function as torch's cell does, without the questions that this asks of states first."""
        fused = FUSED_CELLS.get(self._mode())
        if fused is None:  # a nonlinearity that torch refuses
            return super().forward(x, hx)
        step: Any = fused.torch_step
        parameters: Any = self._parameters
        try:  # sooner than by the attributes
            weights = [parameters[name] for name in _WEIGHTS_OF_A_CELL]
        except KeyError:  # pruned, or computed at each call
            weights = [getattr(self, name) for name in _WEIGHTS_OF_A_CELL]
        if hx is None:
            zeros = x.new_zeros(x.shape[0], self.hidden_size)
            hx = (zeros, zeros) if self._has_memory else zeros
        return step(x, hx, *weights)

    def _fits(self, x: Tensor, states: list[Tensor], is_tuple: bool) -> bool:
        """Whether input (B, I) and states (B, H) are of the shapes, and as many, as torch's cell takes."""
        if x.dim() != 2 or x.shape[1] != self.input_size:
            return False
        if states and (is_tuple, len(states)) != ((True, 2) if self._has_memory else (False, 1)):
            return False
        return all(state.shape == (len(x), self.hidden_size) for state in states)

    def _mode(self) -> str:
        if isinstance(self, nn.RNNCell):
            return f"rnn_{self.nonlinearity}"
        return "lstm" if isinstance(self, nn.LSTMCell) else "gru"


class AcceleratedRNNCell(_Step, nn.RNNCell, stands_for=nn.RNNCell):
    """torch.nn.RNNCell on the compiled kernels."""


class AcceleratedLSTMCell(_Step, nn.LSTMCell, stands_for=nn.LSTMCell):
    """torch.nn.LSTMCell on the compiled kernels."""

    _gates = 4
    _has_memory = True


class AcceleratedGRUCell(_Step, nn.GRUCell, stands_for=nn.GRUCell):
    """torch.nn.GRUCell on the compiled kernels."""

    _gates = 3
