"""Recurrent layers: any cell carried along sequences (`stack`), and with a cell chosen as torch.nn has them."""

from recurra.nn.recurrent.stack import Recurrent
from recurra.nn.recurrent.torch_layers import GRU, LSTM, RNN

__all__ = ["GRU", "LSTM", "RNN", "Recurrent"]
