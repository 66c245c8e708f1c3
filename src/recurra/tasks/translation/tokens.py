"""Symbol by symbol how likely a translation is, and what else could have stood there."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from recurra.data import batches
from recurra.data.text.tokenizers import Tokenizer
from recurra.kernels import linear
from recurra.nn.beam_tree import BeamTree
from recurra.nn.hypothesis import Hypothesis
from recurra.tasks.translation.data import EncodedPairs, batch_of
from recurra.tasks.translation.network import TranslationNetwork
from recurra.training.validation import evaluating

_SHOWN = 3  # symbols before one that may hold the beginning of its character


class SymbolProbabilities(NamedTuple):
    """How likely the symbols of a translation are, each after those before it.

    log_probs: of the symbols and of the end, (T + 1,). likeliest: the symbols that are likeliest there, (T + 1, n), the
    likeliest first. likeliest_log_probs: of these.
    """

    log_probs: np.ndarray
    likeliest: np.ndarray
    likeliest_log_probs: np.ndarray


@torch.inference_mode()
def probabilities_of(
    network: TranslationNetwork,
    encoded: EncodedPairs,
    ends: tuple[int, int],
    *,
    count: int,
    suppress_tokens: Sequence[int] = (),
    at_once: int,
) -> list[SymbolProbabilities]:
    """Compute how likely each symbol is in translations that are known.

    Args:
        network: the translator's.
        encoded: N sources, and their translations.
        ends: the symbols that end a source and a translation.
        count: alternatives at each symbol.
        suppress_tokens: symbols that are no alternatives.
        at_once: symbols of a batch, roughly.
    """
    device, sizes = network.bias.device, encoded.lengths
    by_pair: list[SymbolProbabilities | None] = [None] * len(encoded)
    with evaluating(network):
        for rows in batches.bucketed_batches(sizes, at_once, at_once, 0, 0) if len(encoded) else ():
            batch = batch_of(encoded, rows, ends).to(device)
            start = network.encode(batch.inputs.source, batch.inputs.source_lengths)
            features, _, _ = network.decode(batch.inputs.target, batch.lengths, start)  # (B, T, E)
            log_probs = linear(features, network.output_weight, network.bias).log_softmax(-1)  # (B, T, V)
            chosen = log_probs.gather(-1, batch.targets.unsqueeze(-1)).squeeze(-1)  # (B, T)
            log_probs[..., list(suppress_tokens)] = -torch.inf
            best, symbols = log_probs.topk(min(count, log_probs.shape[-1] - len(suppress_tokens)))  # (B, T, n)
            for position, row in enumerate(rows):
                of_row = (part[position, : sizes[row][1]].cpu().numpy() for part in (chosen, symbols, best))
                by_pair[row] = SymbolProbabilities(*of_row)
    return [probabilities for probabilities in by_pair if probabilities is not None]


def tokens(tokenizer: Tokenizer, hypothesis: Hypothesis, probabilities: SymbolProbabilities) -> list[dict[str, Any]]:
    """Describe the symbols of a translation.

    Args:
        tokenizer: of the translations.
        hypothesis: the translation.
        probabilities: of its symbols.

    Returns:
        For each symbol, its end included where it has ended: "symbol", its number; "text", what it adds, "" for the
        end; "log_probability" after the symbols before it; and "alternatives", the likeliest there, itself included
        where it is one of them: "symbol", "text" and "log_probability".
    """
    symbols = [*hypothesis.symbols, *([len(tokenizer)] if hypothesis.ended else [])]
    likeliest, their_log_probs = probabilities.likeliest.tolist(), probabilities.likeliest_log_probs.tolist()
    described = []
    for t, symbol in enumerate(symbols):
        before = symbols[:t]
        record = _record(symbol, next_text(tokenizer, before, symbol), float(probabilities.log_probs[t]))
        record["alternatives"] = [
            _record(other, next_text(tokenizer, before, other, is_last=True), log_prob)
            for other, log_prob in zip(likeliest[t], their_log_probs[t], strict=True)
        ]
        described.append(record)
    return described


def _record(symbol: int, text: str, log_prob: float) -> dict[str, Any]:
    return {"symbol": symbol, "text": text, "log_probability": min(0.0, log_prob)}


def beam(tokenizer: Tokenizer, tree: BeamTree) -> list[dict[str, Any]]:
    """Describe what a search has held.

    Returns:
        Each hypothesis at each time, those that it continues before it: "parent", the number of the one that it
        continues, from 0, None at the first symbol; "symbol" and "text", its last symbol and what that adds;
        "log_probability" of the whole up to there; and whether it has "ended" with this symbol.
    """
    paths: list[list[int]] = []
    described = []
    for node in tree.nodes:
        before = [] if node.parent is None else paths[node.parent]
        paths.append([*before, node.symbol][-_SHOWN:])
        text = next_text(tokenizer, before, node.symbol)
        record = _record(node.symbol, text, node.log_probability)
        described.append({"parent": node.parent} | record | {"ended": node.ended})
    return described


def texts_of(tokenizer: Tokenizer, symbols: Sequence[int]) -> list[str]:
    """Give what each symbol adds to the text."""
    return [next_text(tokenizer, symbols[:t], symbol) for t, symbol in enumerate(symbols)]


def next_text(tokenizer: Tokenizer, before: Sequence[int], symbol: int, is_last: bool = False) -> str:
    """Give what a symbol adds to a text, in one line; "" for the end.

    Args:
        tokenizer: of the text.
        before: the symbols before it, at least the last three.
        symbol: one of the tokenizer's, or one more, which is the end.
        is_last: whether nothing will complete a character that the symbol begins.
    """
    if symbol == len(tokenizer):
        return ""
    last = [int(number) for number in before[-_SHOWN:]]
    push = tokenizer.decode_stream(tokenizer.decode(last[-1:]), last)
    text = push(symbol) + (push(None) if is_last else "")
    return text.replace("\n", " ")
