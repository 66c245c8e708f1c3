"""A second objective of a tagger: to foretell the words around each word.

Source: Rei, 2017, "Semi-supervised multitask learning for sequence labeling".
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from recurra.kernels import linear_cross_entropy

_FORETOLD = 7500  # words
_NARROW = 50  # numbers from which a neighbour is foretold


class LanguageModelHead(nn.Module):
    """Foretells the words around a word: the next from what was read up to it, the one before from what follows.

    Args:
        size: of the hidden state of each direction.
        words: how many are known; the most frequent are foretold.
    """

    def __init__(self, size: int, words: int):
        super().__init__()
        self.count = min(words, _FORETOLD)  # of words; one symbol more stands for the ends of a sentence
        self.narrow = nn.ModuleList(nn.Linear(size, _NARROW) for _ in range(2))
        self.weights = nn.ParameterList(0.1 * torch.randn(self.count + 1, _NARROW) for _ in range(2))
        self.biases = nn.ParameterList(torch.zeros(self.count + 1) for _ in range(2))

    def forward(self, words: Tensor, lengths: Tensor, hidden: PackedSequence) -> Tensor:
        """Sum of -log p of both neighbours of all words: words (B, T), lengths (B,), hidden states 2 H wide."""
        end = self.count
        frequent = words.masked_fill(words >= self.count, 0)
        after, before = (F.pad(frequent, sides, value=end) for sides in ((0, 1), (1, 0)))  # (B, T + 1)
        after = after.scatter(1, lengths.unsqueeze(-1), end)[:, 1:]
        before = before[:, :-1]
        total = hidden.data.new_zeros(())
        halves = hidden.data.chunk(2, -1)
        for half, narrow, weight, bias, neighbours in zip(
            halves, self.narrow, self.weights, self.biases, (after, before), strict=True
        ):
            targets = pack_padded_sequence(neighbours, lengths.cpu(), batch_first=True, enforce_sorted=False).data
            total = total + linear_cross_entropy(narrow(half).tanh(), weight, bias, targets)
        return total
