"""The likeliest translations of many sentences: a beam search over batches of like length."""

from collections.abc import Sequence

import numpy as np
import torch

from recurra.data import batches
from recurra.nn.beam_search import beam_search
from recurra.nn.beam_tree import BeamTree
from recurra.nn.hypothesis import Hypothesis
from recurra.tasks.translation.data import pad_with_end
from recurra.tasks.translation.decoder_state import reorder_state
from recurra.tasks.translation.network import TranslationNetwork
from recurra.training.batch import to_device
from recurra.training.validation import evaluating

SYMBOLS_AT_ONCE = 4096  # of the sources, roughly
_LONGER = 2.0  # a translation has at most so many times the symbols of its source,
_MORE = 20  # and so many more


@torch.inference_mode()
def search(
    network: TranslationNetwork,
    sources: Sequence[np.ndarray | None],
    source_end: int,
    *,
    beam_size: int,
    length_penalty: float,
    max_length: int,
    suppress_tokens: Sequence[int] = (),
    prefix: Sequence[int] | np.ndarray = (),
    trees: Sequence[BeamTree] | None = None,
) -> list[list[Hypothesis]]:
    """Translate.

    Args:
        network: the translator's.
        sources: the symbols of each sentence, without the end; None is translated by nothing.
        source_end: the symbol that ends a source.
        beam_size, length_penalty, suppress_tokens: as of `recurra.nn.beam_search.beam_search`.
        max_length: symbols of a translation at most.
        prefix: symbols that all translations begin with, fewer than `max_length`.
        trees: an empty one for each source, to be filled; see `beam_search`.

    Returns:
        For each source up to `beam_size` translations, the best first.
    """
    translations = [[Hypothesis([], 0.0, 0.0)]] * len(sources)
    lengths = [0 if symbols is None else len(symbols) + 1 for symbols in sources]
    device = network.bias.device
    forced = torch.as_tensor(np.asarray(prefix, np.int64), device=device)  # (P,)
    with evaluating(network):
        weights = network.pack()  # in the precision that the network answers in
        for rows in batches.longest_first(lengths, SYMBOLS_AT_ONCE):
            batch = [symbols for row in rows if (symbols := sources[row]) is not None]
            source, source_lengths = to_device(pad_with_end(batch, source_end), device)  # (B, S), (B,)
            best = beam_search(
                lambda symbols, state: network.step(symbols, state, weights),
                reorder_state,
                network.encode(source, source_lengths),
                torch.full((len(batch),), network.end, device=device),
                network.end,
                beam_size=beam_size,
                length_penalty=length_penalty,
                max_length=(source_lengths * _LONGER + _MORE + len(forced)).long().clamp(max=max_length),
                suppress_tokens=suppress_tokens,
                prefix=forced.expand(len(batch), -1) if len(forced) else None,
                trees=None if trees is None else [trees[row] for row in rows if sources[row] is not None],
            )
            for row, hypotheses in zip(rows, best, strict=True):
                translations[row] = hypotheses
    return translations
