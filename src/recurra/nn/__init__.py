"""Floor 2: the layers."""

from recurra.nn.attention import Attention
from recurra.nn.cells import Cell, GRUCell, LSTMCell, ReLUCell, RNNCell
from recurra.nn.conv_recurrent import ConvGRU, ConvLSTM, ConvRecurrent
from recurra.nn.crf import CRF
from recurra.nn.dropout import Dropout, VariationalDropout
from recurra.nn.linear import Linear
from recurra.nn.recurrent import GRU, LSTM, RNN, Recurrent

__all__ = [
    "CRF",
    "GRU",
    "LSTM",
    "RNN",
    "Attention",
    "Cell",
    "ConvGRU",
    "ConvLSTM",
    "ConvRecurrent",
    "Dropout",
    "GRUCell",
    "LSTMCell",
    "Linear",
    "RNNCell",
    "ReLUCell",
    "Recurrent",
    "VariationalDropout",
]
