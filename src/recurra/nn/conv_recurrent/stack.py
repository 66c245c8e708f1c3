"""The convolutional recurrent layer: a cell whose products are convolutions, carried along a sequence of images."""

from typing import Any

import torch
from torch import Tensor

from recurra.kernels import FUSED_CELLS, conv_recurrence, convolution
from recurra.kernels.conv_recurrence import ConvCall
from recurra.kernels.convolution import Convolution, Size
from recurra.nn import layout
from recurra.nn.conv_recurrent import frames
from recurra.nn.conv_recurrent.weights import ConvRecurrentWeights
from recurra.nn.dropout import dropout
from recurra.nn.layout import Batch, State
from recurra.nn.recurrent import settings


class ConvRecurrent(ConvRecurrentWeights):
    """A cell whose two products are 2-D convolutions (Shi et al., 2015), stacked, in one direction or two.

    Args:
        cell: "lstm" or "gru", also "rnn_tanh" and "rnn_relu".
        in_channels: channels I of each frame.
        hidden_channels: channels C of the state and of each direction's output.
        kernel_size: of both convolutions; a number, or height and width.
        num_layers: recurrent layers, each reading the outputs of the one below.
        bias: whether the products have biases.
        batch_first: inputs and outputs are (B, T, C, H, W) instead of (T, B, C, H, W).
        dropout: probability of dropping the outputs of each layer but the last.
        bidirectional: a second set of weights reads from the last frame to the first; outputs have 2 C channels.
        device, dtype: of the parameters.
        stride, padding, dilation: of the first layer's input convolution; numbers, or height and width. Padding may be
            "same", ceil(size / stride) pixels, or "valid", none. All other convolutions, those of the state among them,
            keep the size: stride 1, dilation 1, padding "same".

    Weights are weight_ih_l0 (G C, I, kh, kw) and weight_hh_l0 (G C, C, kh, kw), of kernels kh x kw, bias_ih_l0 and
    bias_hh_l0 (G C) for G gates in PyTorch's order, and so on as torch.nn.LSTM names them.
    """

    def __init__(
        self,
        cell: str,
        in_channels: int,
        hidden_channels: int,
        kernel_size: Size,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
        *,
        stride: Size = 1,
        padding: str | Size = "same",
        dilation: Size = 1,
    ):
        super().__init__()
        settings.check_sizes(in_channels, hidden_channels, num_layers, 0)
        settings.check_training(dropout, 0.0, 0)
        if cell not in FUSED_CELLS:
            raise ValueError(f"cell: expected one of {sorted(FUSED_CELLS)}, got {cell!r}")
        self._cell = FUSED_CELLS[cell]
        self.in_channels, self.hidden_channels, self.num_layers = in_channels, hidden_channels, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional = bidirectional
        first = convolution.read(kernel_size, stride, padding, dilation)
        self._convolutions = [first] + [Convolution(first.kernel_size)] * (num_layers - 1)
        self.kernel_size, self.stride = first.kernel_size, first.stride
        self.padding, self.dilation = first.padding, first.dilation
        self._make_weights({"device": device, "dtype": dtype})
        self.reset_parameters()

    def forward(self, input: Tensor, hx: State | None = None, *, lengths: Tensor | None = None) -> tuple[Tensor, State]:
        """Run over whole sequences.

        Args:
            input: (T, B, I, H, W), (B, T, I, H, W) with `batch_first`, or (T, I, H, W) for one sequence.
            hx: the state before the first frame, each part (L D, B, C, H', W') for L layers of D directions; zeros
                when None.
            lengths: frames of each sequence, (B,), in any order. Frames beyond give zeros and change nothing.

        Returns:
            Outputs in the form of `input`, with D C channels and H' x W' pixels, and the state after the last frame of
            each sequence.

        Raises:
            ValueError: a shape does not fit; the message says expected and got.
        """
        batch, form = frames.read(input, lengths, self.in_channels, self.batch_first)
        states = self._read_state(hx, batch, form.unbatched)
        drops = self.training and bool(self.dropout)
        y, finals = self._run(frames.rows(batch), frames.sizes(batch), states, drops)
        return frames.write(y, batch, form), layout.write_state(finals, batch.inverse, form.unbatched)

    def step(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Carry a stream one frame on; nothing is dropped at random, whatever the mode.

        Args:
            x: (B, I, H, W), or (I, H, W) for one stream.
            state: what the last call returned; None at the start.

        Returns:
            Output (B, C, H', W') or (C, H', W'), and the state to give to the next call, shaped as that of `forward`.

        Raises:
            ValueError: the layer is bidirectional, so a step would have to know the future; or a shape does not fit.
        """
        if self.bidirectional:
            raise ValueError("step: expected a layer of one direction; a bidirectional one needs the whole sequence")
        if x.dim() not in (3, 4):
            raise ValueError(f"step: expected (B, {self.in_channels}, H, W) or one frame, got {tuple(x.shape)}")
        batch, form = frames.read(x.unsqueeze(0), None, self.in_channels, batch_first=False)
        states = self._read_state(state, batch, form.unbatched)
        y, finals = self._run(frames.rows(batch), frames.sizes(batch), states, drops=False)
        return frames.write(y, batch, form).squeeze(0), layout.write_state(finals, None, form.unbatched)

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the outputs and the state for frames of this height and width."""
        return self._convolutions[0].output_size((height, width))

    def _read_state(self, hx: State | None, batch: Batch, unbatched: bool) -> list[Tensor]:
        """The state of all layers, each part (L D, B, C, H', W')."""
        layout.require_type("input", [batch.x], next(self.parameters(), batch.x), "the weights are")
        height, width, _ = batch.x.shape[-3:]
        shape = (len(self._suffixes), batch.size, self.hidden_channels, *self.output_size(height, width))
        return layout.read_state(hx, dict.fromkeys(self.state_names, shape), batch, unbatched)

    def _run(
        self, x: Tensor, sizes: list[int], states: list[Tensor], drops: bool
    ) -> tuple[Tensor, list[tuple[Tensor, ...]]]:
        """Run layer over layer: frames x (N, I, H, W), of which sizes[t] are of step t.

        Returns:
            Outputs (N, D C, H', W'), and each layer's final states, (D, B, C, H', W') each.
        """
        all_finals: list[tuple[Tensor, ...]] = []
        for number in range(self.num_layers):
            outputs, finals = [], []
            for direction in range(self.num_directions):
                index = number * self.num_directions + direction
                before = tuple(part[index] for part in states)  # (B, C, H', W') each
                call = ConvCall(self._cell, self._convolutions[number], sizes, reverse=direction == 1)
                y, final = conv_recurrence.sequence(call, x, self._weights(index), before)
                outputs.append(y)
                finals.append(final)
            all_finals.append(tuple(torch.stack(parts) for parts in zip(*finals, strict=True)))
            x = torch.cat(outputs, 1) if self.bidirectional else outputs[0]
            if drops and number < self.num_layers - 1:
                x = dropout(x, self.dropout)
        return x, all_finals

    def extra_repr(self) -> str:
        """Show the settings that differ from the defaults."""
        defaults: dict[str, Any] = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0}
        defaults |= {"bidirectional": False, "stride": (1, 1), "padding": "same", "dilation": (1, 1)}
        changed = [f"{name}={getattr(self, name)}" for name, default in defaults.items() if vars(self)[name] != default]
        sizes = f"{self.in_channels}, {self.hidden_channels}, kernel_size={self.kernel_size}"
        return ", ".join([sizes, *changed])
