"""Choosing the next symbol from a network's scores, and carrying a stream of choices on."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

Step = Callable[[Tensor, Any], tuple[Tensor, Any]]


def filter_scores(scores: Tensor, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0) -> Tensor:
    """Sharpen and cut a next-symbol distribution.

    Args:
        scores: (B, V) unnormalised log-probabilities.
        temperature: scores are divided by it; below 1 is safer text, above 1 bolder.
        top_k: keep the k likeliest symbols; 0 keeps all.
        top_p: keep the smallest set of likeliest symbols whose probability reaches p (Holtzman et al., 2020); 1 keeps
            all.

    Returns:
        Scores (B, V), -inf where cut.
    """
    if temperature <= 0:
        raise ValueError(f"temperature: expected a number above 0, got {temperature}")
    if top_k < 0:
        raise ValueError(f"top_k: expected 0 or more, got {top_k}")
    if not 0 < top_p <= 1:
        raise ValueError(f"top_p: expected 0 < p <= 1, got {top_p}")
    scores = scores / temperature
    if 0 < top_k < scores.shape[-1]:
        least = scores.topk(top_k).values[..., -1:]
        scores = scores.masked_fill(scores < least, -torch.inf)
    if top_p < 1:
        ordered, order = scores.sort(descending=True)
        p = ordered.softmax(-1)
        beyond = p.cumsum(-1) - p >= top_p  # the first symbol is never beyond
        scores = scores.masked_fill(beyond.scatter(-1, order, beyond), -torch.inf)
    return scores


def sample_stream(
    step: Step,
    scores: Tensor,
    state: Any,
    generator: torch.Generator,
    **filters: Any,
) -> Iterator[Tensor]:
    """Draw symbols one after another, without end, in constant memory.

    Args:
        step: symbols (B,) and state to scores (B, V) and the next state.
        scores: (B, V) scores of the first symbol to draw.
        state: the state that belongs to `scores`.
        generator: source of the random numbers.
        filters: settings of `filter_scores`.

    Yields:
        Symbols (B,), one a step. A step is computed only when its symbol is asked for.
    """
    while True:
        p = filter_scores(scores, **filters).softmax(-1)
        symbols = torch.multinomial(p, 1, generator=generator).squeeze(-1)
        yield symbols
        scores, state = step(symbols, state)
