"""How well a language model predicts a text: nats and bits per character, perplexity per token."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from recurra.data.text.corpus import Corpus
from recurra.data.text.streams import Streams, windows
from recurra.kernels import linear_cross_entropy
from recurra.tasks.language_model.network import LanguageNetwork

WINDOW = 256  # symbols; the length at which published transformers are scored


def score(network: LanguageNetwork, corpus: Corpus) -> dict[str, float]:
    """Score a text in two ways: with the state carried through all of it, and in separate windows.

    Args:
        network: a `LanguageNetwork`, in evaluation mode.
        corpus: the text.

    Returns:
        What `LanguageModel.evaluate` gives.
    """
    tokens, characters = len(corpus) - 1, corpus.characters - corpus.first_characters
    nats = {name: _nats(network, corpus, name) for name in network.directions}
    scores: dict[str, float] = {}
    if len(nats) > 1:
        for way in nats["forward"]:
            mean = sum(ways[way] for ways in nats.values()) / len(nats)
            scores |= _figures(way, mean, tokens, characters)
    for name, ways in nats.items():
        for way, total in ways.items():
            scores |= _figures(way if len(nats) == 1 else f"{name}_{way}", total, tokens, characters)
    return scores | {"tokens": tokens, "characters": characters, "unknown_tokens": corpus.unknown}


def _nats(network: LanguageNetwork, corpus: Corpus, direction: str) -> dict[str, float]:
    """The sum of -log p of all tokens but the first, in each way."""
    reverse = direction == "backward"
    whole = Streams(corpus, 1, 2 * WINDOW, reverse=reverse).batches()
    return {
        "carried": nats_of(network, whole, direction, carry=True)[0],
        f"windows_{WINDOW}": nats_of(network, windows(corpus, WINDOW, 64, reverse), direction, carry=False)[0],
    }


def _figures(way: str, nats: float, tokens: int, characters: int) -> dict[str, float]:
    per_character = nats / max(1, characters)
    return {
        f"{way}_nats_per_character": per_character,
        f"{way}_bits_per_character": per_character / math.log(2),
        f"{way}_perplexity_per_token": math.exp(min(nats / tokens, 700)),
    }


@torch.inference_mode()
def nats_of(
    network: LanguageNetwork, batches: Iterable[tuple[Tensor, Tensor]], direction: str, carry: bool
) -> tuple[float, int]:
    """Add up -log p of the targets.

    Args:
        network: in evaluation mode.
        batches: symbols and those that follow them, (B, T) each.
        direction: in which the network reads.
        carry: whether each batch goes on where the one before ended.

    Returns:
        The sum in nats, and how many targets there were.
    """
    total, count, state = 0.0, 0, None
    device = network.bias.device
    for symbols, targets in batches:
        h, after = network.hidden(symbols.to(device), state, direction)  # (T, B, F)
        total += float(linear_cross_entropy(h, network.output_weight, network.bias, targets.T.to(device)))
        count += targets.numel()
        state = after if carry else None
    return total, count
