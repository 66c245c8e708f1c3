"""Convolutional recurrent layers: cells carried along sequences of images (`stack`), with a cell chosen (`layers`)."""

from recurra.nn.conv_recurrent.layers import ConvGRU, ConvLSTM
from recurra.nn.conv_recurrent.stack import ConvRecurrent

__all__ = ["ConvGRU", "ConvLSTM", "ConvRecurrent"]
