"""Symbols drawn at random from a network's scores: one for each row, and sequences that end."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor

from recurra.nn.hypothesis import Hypothesis

State = TypeVar("State")
Step = Callable[[Tensor, State], tuple[Tensor, State]]
ReorderState = Callable[[State, Tensor, Tensor], State]


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
    if not 1e-6 <= temperature <= 1e6:  # beyond, float32 knows only 0 and infinity
        raise ValueError(f"temperature: expected a number from 1e-6 to 1e6, got {temperature}")
    if top_k < 0:
        raise ValueError(f"top_k: expected 0 or more, got {top_k}")
    if not 0 < top_p <= 1:
        raise ValueError(f"top_p: expected 0 < p <= 1, got {top_p}")
    scores = scores if temperature == 1 else scores / temperature
    if 0 < top_k < scores.shape[-1]:
        least = scores.topk(top_k).values[..., -1:]
        scores = scores.masked_fill(scores < least, -torch.inf)
    if top_p < 1:
        ordered, order = scores.sort(descending=True)
        p = ordered.softmax(-1)
        beyond = p.cumsum(-1) - p >= top_p  # the first symbol is never beyond
        scores = scores.masked_fill(beyond.scatter(-1, order, beyond), -torch.inf)
    return scores


def draw_symbols(probabilities: Tensor, uniforms: Sequence[float]) -> Tensor:
    """Draw a symbol for each row: the first whose cumulative probability exceeds a uniform number.

    What a row draws depends on its own probabilities and number alone, whatever rows stand beside it.

    Args:
        probabilities: (B, V), 0 or more; each row sums to about 1.
        uniforms: a number of [0, 1) for each row.

    Returns:
        Symbols (B,), none of probability 0.
    """
    cumulative = probabilities.double().cumsum(-1)  # (B, V)
    total = cumulative[:, -1:]
    target = total * torch.tensor(uniforms, dtype=torch.float64, device=total.device).unsqueeze(-1)
    below = target.minimum(torch.nextafter(total, torch.zeros_like(total)))  # where rounding has reached the total
    return torch.searchsorted(cumulative, below, right=True).squeeze(-1)


@torch.inference_mode()
def sample_sequences(
    step: Step[State],
    reorder_state: ReorderState[State],
    state: State,
    first: Tensor,
    end: int,
    generator: torch.Generator,
    *,
    max_length: int | Tensor = 200,
    **filters: Any,
) -> list[Hypothesis]:
    """Draw a sequence for each source, until it ends.

    Args:
        step, reorder_state, state, first, end, max_length: as of `recurra.nn.beam_search.beam_search`; a row a source
            throughout.
        generator: source of the random numbers.
        filters: settings of `filter_scores`.

    Returns:
        A sequence a source; its score is its log-probability, before `filters`.
    """
    hypotheses = [Hypothesis([], 0.0, 0.0, False) for _ in range(len(first))]
    limits = torch.as_tensor(max_length).expand(len(first)).tolist()
    sources, symbols = list(range(len(first))), first
    while sources:
        scores, state = step(symbols, state)  # (S, V)
        symbols = _drawn(scores, generator, **filters)  # (S,)
        log_probs = scores.log_softmax(-1).gather(1, symbols.unsqueeze(-1)).squeeze(-1)  # (S,)
        alive = []
        for row, (symbol, log_prob) in enumerate(zip(symbols.tolist(), log_probs.tolist(), strict=True)):
            hypothesis = hypotheses[sources[row]]
            _extend(hypothesis, symbol, log_prob, end)
            if not hypothesis.ended and len(hypothesis.symbols) < limits[sources[row]]:
                alive.append(row)
        sources = [sources[row] for row in alive]
        if sources:
            rows = torch.tensor(alive, dtype=torch.int64, device=first.device)
            state, symbols = reorder_state(state, rows, rows), symbols[rows]
    return hypotheses


def _drawn(scores: Tensor, generator: torch.Generator, **filters: Any) -> Tensor:
    """A symbol for each row of scores (B, V): (B,)."""
    probabilities = filter_scores(scores, **filters).softmax(-1)
    return torch.multinomial(probabilities, 1, generator=generator).squeeze(-1)


def _extend(hypothesis: Hypothesis, symbol: int, log_prob: float, end: int) -> None:
    hypothesis.log_probability += log_prob
    hypothesis.score = hypothesis.log_probability
    hypothesis.ended = symbol == end
    if not hypothesis.ended:
        hypothesis.symbols.append(symbol)
