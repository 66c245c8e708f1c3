"""What a character language model knows at each word of a sentence: contextual string embeddings.

Source: Akbik, Blythe and Vollgraf, 2018, "Contextual string embeddings for sequence labeling".
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from recurra.data import batches
from recurra.errors import DataError
from recurra.tasks.language_model.task import LanguageModel

_AT_ONCE = 1 << 13  # characters, roughly


class WordStates:
    """The states of a language model around words.

    The text of a sentence is its words with spaces between them and a line end on both sides. A word has the state of
    the forward model after its last character and, where there is one, that of the backward model after its first.

    Args:
        model: of characters; in one direction or in both.

    Raises:
        DataError: it is one of words or byte pairs, whose symbols do not end where words do.
    """

    def __init__(self, model: LanguageModel):
        kind = model.config.tokenizer
        if kind != "char":
            raise DataError(f"language_model: expected one of characters, got one of tokenizer={kind!r}")
        self.model = model
        self.size = model.config.hidden_size * (2 if model.config.bidirectional else 1)

    def of(self, sentences: Sequence[Sequence[str]]) -> list[np.ndarray]:
        """Give (T, size) for each sentence of T words, in half precision; characters never seen are unknown ones."""
        by_sentence = [np.zeros((0, self.size), np.float16)] * len(sentences)
        lengths = [sum(len(word) + 1 for word in words) for words in sentences]
        for rows in batches.longest_first(lengths, _AT_ONCE):
            texts = [f"\n{' '.join(sentences[i])}\n" for i in rows]
            for row, states in zip(rows, self.model.states(texts), strict=True):
                by_sentence[row] = _at_words(sentences[row], states).to(torch.float16).numpy()
        return by_sentence


def _at_words(words: Sequence[str], states: Tensor) -> Tensor:
    """States of words (T, S) from those of characters: the forward half at each end, the backward at each start."""
    lengths = np.asarray([len(word) for word in words])
    starts = 1 + np.cumsum(lengths + 1) - (lengths + 1)
    ends = starts + lengths - 1
    halves = [states[at, direction] for direction, at in zip(range(states.shape[1]), (ends, starts), strict=False)]
    return torch.cat(halves, -1)
