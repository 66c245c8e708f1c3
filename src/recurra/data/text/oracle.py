"""The oracle of SeqGAN (Yu et al., 2017): a fixed random LSTM that draws sequences and knows how likely each is.

What a generator that has learnt from its sequences makes can so be scored by the very distribution it is to match.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.errors import DataError

VOCABULARY = 5000
LENGTH = 20
START = 0  # the symbol that stands before each sequence
_AT_ONCE = 1000  # sequences drawn or scored together: 20 MB of probabilities
_UNITS = 32
_GATES = 4  # input, forget and output gate, and candidate, in the order of the file


@dataclass(frozen=True)
class Oracle:
    """The weights of the oracle.

    Attributes:
        embedding: (V, E).
        input_weight: (4 H, E); the gates in the order input, forget, output, candidate.
        recurrent_weight: (4 H, H).
        bias: (4 H,).
        output_weight: (V, H).
        output_bias: (V,).
    """

    embedding: Tensor
    input_weight: Tensor
    recurrent_weight: Tensor
    bias: Tensor
    output_weight: Tensor
    output_bias: Tensor

    def fingerprint(self) -> str:
        """Give a hash of the weights."""
        digest = hashlib.sha256()
        for field in fields(self):
            digest.update(getattr(self, field.name).numpy().tobytes())
        return digest.hexdigest()

    @torch.no_grad()
    def sample(self, count: int, seed: int) -> np.ndarray:
        """Draw sequences, (count, `LENGTH`) int64; the same seed gives the same."""
        generator = torch.Generator().manual_seed(seed)
        parts = [self._sample(min(_AT_ONCE, count - start), generator) for start in range(0, count, _AT_ONCE)]
        return torch.cat(parts).numpy()

    def _sample(self, count: int, generator: torch.Generator) -> Tensor:
        symbols, state = torch.full((count,), START), self._start(count)
        sequence = []
        for _ in range(LENGTH):
            logits, state = self._step(symbols, state)
            cumulative = logits.sub_(logits.amax(-1, keepdim=True)).exp_().cumsum(-1)  # (B, V), up to the sum of all
            drawn = torch.rand(count, 1, generator=generator) * cumulative[:, -1:]
            symbols = torch.searchsorted(cumulative, drawn, right=True).squeeze(1).clamp_(max=VOCABULARY - 1)
            sequence.append(symbols)
        return torch.stack(sequence, 1)

    @torch.no_grad()
    def nats(self, sequences: np.ndarray) -> np.ndarray:
        """Give -log p of each sequence, a mean over its symbols, (N,).

        Args:
            sequences: (N, T) symbols.
        """
        parts = [
            self._nats(torch.from_numpy(np.asarray(sequences[start : start + _AT_ONCE], np.int64)))
            for start in range(0, len(sequences), _AT_ONCE)
        ]
        return torch.cat(parts).numpy()

    def _nats(self, sequences: Tensor) -> Tensor:
        symbols, state = torch.full((len(sequences),), START), self._start(len(sequences))
        total = torch.zeros(len(sequences), dtype=torch.float64)
        for targets in sequences.T:
            logits, state = self._step(symbols, state)
            total += F.cross_entropy(logits, targets, reduction="none")
            symbols = targets
        return total / sequences.shape[1]

    def _start(self, count: int) -> tuple[Tensor, Tensor]:
        zeros = self.bias.new_zeros(count, self.recurrent_weight.shape[1])
        return zeros, zeros

    def _step(self, symbols: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Read one symbol of each sequence, (B,); give the scores of the next, (B, V), and the next state."""
        h, c = state
        gates = F.linear(self.embedding[symbols], self.input_weight) + F.linear(h, self.recurrent_weight) + self.bias
        i, f, o, candidate = gates.chunk(_GATES, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(candidate)
        h = torch.sigmoid(o) * torch.tanh(c)
        return F.linear(h, self.output_weight, self.output_bias), (h, c)


def read(path: Path) -> Oracle:
    """Read the oracle's weights from the .npz file of its arrays, in the order of SeqGAN's own file.

    Raises:
        DataError: it is missing, broken, or has arrays of other shapes.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = [torch.from_numpy(np.asarray(array, np.float32)) for array in _in_order(file)]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path}: expected the weights of SeqGAN's oracle, got: {error}") from None
    shapes = [tuple(array.shape) for array in arrays]
    if shapes != _SHAPES:
        raise DataError(f"{path}: expected the weights of SeqGAN's oracle, of shapes {_SHAPES}, got {shapes}")
    gates = [arrays[start : start + 3] for start in range(1, 1 + 3 * _GATES, 3)]
    inputs, recurrents, biases = zip(*gates, strict=True)
    return Oracle(
        arrays[0],
        torch.cat([weight.T for weight in inputs]),
        torch.cat([weight.T for weight in recurrents]),
        torch.cat(biases),
        arrays[-2].T.contiguous(),
        arrays[-1],
    )


_SHAPES = [
    (VOCABULARY, _UNITS),
    *[(_UNITS, _UNITS), (_UNITS, _UNITS), (_UNITS,)] * _GATES,
    (_UNITS, VOCABULARY),
    (VOCABULARY,),
]


def _in_order(file: np.lib.npyio.NpzFile) -> Iterator[np.ndarray]:
    """The arrays of a file in the order in which they were written."""
    for name in file.files:
        yield file[name]
