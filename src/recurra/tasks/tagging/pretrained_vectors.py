"""Words' vectors from a file, which a tagger's network starts from."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from recurra.data.sentences import vectors
from recurra.data.sentences.lexicon import Lexicon


@dataclass(frozen=True)
class PretrainedVectors:
    """Words and their vectors.

    words: as the lexicon looks them up, which may be in small letters. vectors: (W, size) float32.
    """

    words: list[str]
    vectors: np.ndarray

    @classmethod
    def read(cls, file: str, lowercase: bool) -> "PretrainedVectors":
        """Read a file of vectors.

        Args:
            file: see `recurra.data.sentences.vectors.read`.
            lowercase: whether words are looked up in small letters.

        Raises:
            DataError: the file is not as expected.
        """
        words, numbers = vectors.read(Path(file))
        lexicon = Lexicon(lowercase=lowercase)
        return cls([lexicon.normal(word) for word in words], numbers)

    @property
    def size(self) -> int:
        """Numbers of a vector."""
        return int(self.vectors.shape[1])

    def of(self, lexicon: Lexicon) -> tuple[Tensor, Tensor]:
        """The words of a lexicon that have a vector: their numbers (N,), and the vectors (N, size)."""
        rows = {word: row for row, word in reversed(list(enumerate(self.words)))}  # the first of several counts
        numbers, of_numbers = [], []
        for number, word in enumerate(lexicon.words):
            if word in rows:
                numbers.append(number)
                of_numbers.append(rows[word])
        return torch.tensor(numbers), torch.from_numpy(self.vectors[of_numbers])
