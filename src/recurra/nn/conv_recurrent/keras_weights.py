"""Weights of Keras' ConvLSTM2D, brought to a `ConvLSTM`."""

from collections.abc import Sequence

import numpy as np
import torch

from recurra.nn.conv_recurrent.layers import ConvLSTM


def load_keras_weights(layer: ConvLSTM, weights: Sequence[np.ndarray], number: int = 0, reverse: bool = False) -> None:
    """Copy the weights of a `keras.layers.ConvLSTM2D` into one layer and direction of a `ConvLSTM`.

    The two then give the same where the rest agrees: Keras' `strides`, `padding` and `dilation_rate` are our `stride`,
    `padding` and `dilation`, activations are tanh and sigmoid (both defaults), and frames are (H, W, C) there where
    they are (C, H, W) here.

    Args:
        layer: to be changed in place.
        weights: what `get_weights()` of the Keras layer gives: kernel (kh, kw, I, 4 C), recurrent_kernel
            (kh, kw, C, 4 C) and, with biases, bias (4 C), the gates in the order that is PyTorch's too.
        number: of the layer, from 0.
        reverse: whether it goes to the direction that reads from the end.

    Raises:
        ValueError: a shape does not fit.
    """
    suffix = f"_l{number}" + "_reverse" * reverse
    names = ["weight_ih", "weight_hh"] + ["bias_ih"] * layer.bias
    if len(weights) != len(names):
        raise ValueError(f"weights: expected {len(names)} arrays, got {len(weights)}")
    with torch.no_grad():
        for name, weight in zip(names, weights, strict=True):
            values = torch.as_tensor(np.asarray(weight))
            values = values.permute(3, 2, 0, 1) if values.dim() == 4 else values  # (4 C, I, *kernel_size)
            parameter = layer.get_parameter(name + suffix)
            if values.shape != parameter.shape:
                raise ValueError(f"{name}: expected shape {tuple(parameter.shape)}, got {tuple(values.shape)}")
            parameter.copy_(values)
        if layer.bias:
            layer.get_parameter("bias_hh" + suffix).zero_()
