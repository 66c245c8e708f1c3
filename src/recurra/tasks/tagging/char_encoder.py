"""What a word looks like, read from its characters.

Sources: by a recurrence, Lample et al., 2016, "Neural architectures for named entity recognition"; by a convolution, Ma
and Hovy, 2016, "End-to-end sequence labeling via bi-directional LSTM-CNNs-CRF".
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from recurra.nn import Dropout, Recurrent
from recurra.nn.cells import LSTMCell
from recurra.nn.step_mask import step_mask


class CharEncoder(nn.Module):
    """What a word looks like: its characters read by a recurrence in both directions, or by a convolution.

    Args:
        characters: how many there are, V.
        size: of their vectors, and of the result.
        kind: "lstm" or "cnn".
        dropout: of the numbers of the characters' vectors.
    """

    def __init__(self, characters: int, size: int, kind: str, dropout: float):
        super().__init__()
        self.embedding = nn.Embedding(characters, size)
        self.dropout = Dropout(dropout)
        self.size = size
        if kind == "lstm":
            self.size = 2 * size
            self.encoder: Recurrent | nn.Conv1d = Recurrent(
                LSTMCell, size, size, batch_first=True, bidirectional=True, orthogonal=True, forget_bias=1.0
            )
            self.encoder.copies_output = False
        else:
            self.encoder = nn.Conv1d(size, size, 3, padding=1)

    def forward(self, characters: Tensor, lengths: Tensor) -> Tensor:
        """Read words: characters (F, C), and how many each has, (F,); gives (F, size)."""
        if isinstance(self.encoder, Recurrent):
            packed = pack_padded_sequence(characters, lengths.cpu(), batch_first=True, enforce_sorted=False)
            _, state = self.encoder(packed, embedding=self.dropout(self.embedding.weight))
            return torch.cat(list(state[0]), -1)  # the last states of both directions
        x = self.dropout(self.embedding(characters))  # (F, C, I)
        padding = ~step_mask(lengths, x.shape[1])  # (F, C)
        x = x.masked_fill(padding.unsqueeze(-1), 0.0).transpose(1, 2)  # (F, I, C)
        features: Tensor = self.encoder(x)
        return features.masked_fill(padding.unsqueeze(1), -torch.inf).amax(-1).relu()
