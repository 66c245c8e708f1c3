"""Where a translator looked: weights of attention from symbols to words, as word pairs."""

from collections.abc import Sequence

import numpy as np
import torch

from recurra.data import batches
from recurra.errors import DataError
from recurra.tasks.translation.data import EncodedPairs, batch_of
from recurra.tasks.translation.network import TranslationNetwork


@torch.inference_mode()
def weights_of(
    network: TranslationNetwork, encoded: EncodedPairs, ends: tuple[int, int], at_once: int
) -> list[np.ndarray]:
    """Compute where a network looks when it writes translations that are known.

    Args:
        network: with attention.
        encoded: N sources, and their translations.
        ends: the symbols that end a source and a translation.
        at_once: symbols of a batch, roughly.

    Returns:
        For each pair the weights (T + 1, S + 1), a row a symbol of the translation, the ends included.

    Raises:
        DataError: the network has no attention.
    """
    if not len(encoded):
        return []
    device, sizes = network.bias.device, encoded.lengths
    by_pair: list[np.ndarray] = [np.empty(0)] * len(encoded)
    for rows in batches.bucketed_batches(sizes, at_once, at_once, 0, 0):
        batch = batch_of(encoded, rows, ends).to(device)
        start = network.encode(batch.inputs.source, batch.inputs.source_lengths)
        _, weights, _ = network.decode(batch.inputs.target, batch.lengths, start)  # (B, T, S)
        if weights is None:
            raise DataError("alignment: expected a translator with attention, got one without")
        for row, padded in zip(rows, weights.cpu().numpy(), strict=True):
            source_length, target_length = sizes[row]
            by_pair[row] = padded[:target_length, :source_length]
    return by_pair


def by_words(weights: np.ndarray, rows: Sequence[int], columns: Sequence[int], shape: tuple[int, int]) -> np.ndarray:
    """Sum weights of symbols into weights of words.

    Args:
        weights: (T, S), a row a symbol that was written; rows and columns beyond those named belong to no word.
        rows, columns: which word each symbol belongs to, -1 for none, such as a space.
        shape: how many words were written, and how many the source has.

    Returns:
        For each word that was written the mean weight of each word of the source, over its symbols.
    """
    summed = np.zeros(shape)
    counts = np.zeros((shape[0], 1))
    words = np.asarray(columns, np.int64)
    in_words = words >= 0
    for row, symbol_weights in zip(rows, weights, strict=False):  # (S,)
        if row >= 0:
            counts[row] += 1
            np.add.at(summed[row], words[in_words], symbol_weights[: len(words)][in_words])
    return summed / np.maximum(counts, 1)


def pairs(weights: np.ndarray) -> list[tuple[int, int]]:
    """For each word that was written the word of the source with the largest weight: (source, target), from 0."""
    if not weights.size:
        return []
    return [(int(word.argmax()), row) for row, word in enumerate(weights) if word.any()]
