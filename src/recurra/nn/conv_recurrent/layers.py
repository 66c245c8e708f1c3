"""`ConvRecurrent` with a cell chosen."""

from typing import Any

from recurra.kernels.convolution import Size
from recurra.nn.conv_recurrent.stack import ConvRecurrent


class ConvLSTM(ConvRecurrent):
    """The convolutional LSTM over sequences of images (Shi et al., 2015, "Convolutional LSTM network"), no peepholes.

    The state is (h, c), each (L D, B, C, H', W'). Its equations are in `recurra.nn.LSTMCell`, with convolutions in the
    place of products. `load_keras_weights` takes the weights of a `keras.layers.ConvLSTM2D`.

    Args:
        in_channels, hidden_channels, kernel_size: as of `ConvRecurrent`.
        args, settings: all else that `ConvRecurrent` takes.
    """

    def __init__(self, in_channels: int, hidden_channels: int, kernel_size: Size, *args: Any, **settings: Any):
        super().__init__("lstm", in_channels, hidden_channels, kernel_size, *args, **settings)


class ConvGRU(ConvRecurrent):
    """The convolutional GRU over sequences of images (Ballas et al., 2016), its reset gate after the convolution.

    The state is h alone, (L D, B, C, H', W'). Its equations are in `recurra.nn.GRUCell`, with convolutions in the place
    of products.

    Args:
        in_channels, hidden_channels, kernel_size: as of `ConvRecurrent`.
        args, settings: all else that `ConvRecurrent` takes.
    """

    def __init__(self, in_channels: int, hidden_channels: int, kernel_size: Size, *args: Any, **settings: Any):
        super().__init__("gru", in_channels, hidden_channels, kernel_size, *args, **settings)
