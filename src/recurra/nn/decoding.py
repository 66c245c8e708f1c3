"""Choosing symbols by a network's scores: streams without end, and sequences that end, drawn or searched for."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from recurra.kernels.topk_logsumexp import topk_logsumexp

Step = Callable[[Tensor, Any], tuple[Tensor, Any]]
Select = Callable[[Any, Tensor, Tensor], Any]


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


@dataclass
class Hypothesis:
    """A sequence that was found.

    symbols: without the one that ends it. log_probability: in nats, that of the end included. score: by which it ranks.
    ended: whether it came to its end, or was cut at the greatest length.
    """

    symbols: list[int]
    log_probability: float
    score: float
    ended: bool = True


@torch.inference_mode()
def beam_search(
    step: Step,
    select: Select,
    state: Any,
    first: Tensor,
    end: int,
    *,
    beam_size: int = 5,
    length_penalty: float = 1.0,
    min_length: int = 0,
    max_length: int | Tensor = 200,
    barred: Sequence[int] = (),
) -> list[list[Hypothesis]]:
    """Search the likeliest sequences for several sources at once; with a beam of one, take the likeliest symbol always.

    All hypotheses of all sources that are still searched make one batch of the step: rows source by source, in the
    first step one a source, then `beam_size` each. A source leaves the batch when it has `beam_size` sequences that
    ended and none that goes on ranks before the best of these, so that nothing is computed for what is done. (The first
    alone would not do: where a network is sure, what ends early is what is left over.)

    Args:
        step: symbols (N,) and state to scores (N, V), unnormalised, and the next state.
        select: state, sources (S,) and rows (N,): gives the state in which only these sources, by their place in the
            batch as it is, and these rows are left.
        state: the state of the B sources, a row each.
        first: (B,) what each sequence begins after.
        end: the symbol that ends a sequence.
        beam_size: hypotheses of a source.
        length_penalty: a sequence of L symbols, the end included, ranks by log p / L ** length_penalty.
        min_length: symbols before the end, at least.
        max_length: symbols before the end, at most; one number, or (B,).
        barred: symbols that are never written; what they are likely to be is not given to others.

    Returns:
        For each source its sequences, at most `beam_size`, the best first.
    """
    if beam_size < 1:
        raise ValueError(f"beam_size: expected at least 1, got {beam_size}")
    search = _Search(len(first), beam_size, length_penalty)
    limits = torch.as_tensor(max_length, device=first.device).expand(len(first)).clone()
    limits = limits.clamp(min=max(1, min_length))
    sources = torch.arange(len(first), device=first.device)
    totals = torch.zeros(len(first), 1, device=first.device)
    written = first.new_zeros(len(first), 1, 0)
    symbols, length = first, 0
    while len(sources):
        scores, state = step(symbols, state)
        not_now = [*barred, end] if length < min_length else list(barred)
        chances, candidates, parents = _best(scores, totals, 2 * beam_size, not_now)
        length += 1
        ends = candidates == end
        search.take(sources, chances, candidates, parents, ends, written, length)
        going = (~ends).long().argsort(dim=-1, descending=True, stable=True)[:, :beam_size]  # likeliest first
        totals, symbols, parents = (part.gather(1, going) for part in (chances, candidates, parents))
        totals = totals.masked_fill(symbols == end, -torch.inf)  # where fewer than a beam of others are left
        own = written.gather(1, parents.unsqueeze(-1).expand(-1, -1, length - 1))
        written = torch.cat([own, symbols.unsqueeze(-1)], -1)
        search.cut(sources, totals, written, limits, length)
        left = torch.tensor(search.open(sources, totals, limits, length), dtype=torch.int64, device=first.device)
        rows = left.unsqueeze(-1) * scores.shape[0] // len(sources) + parents[left]
        sources, limits, totals, written = sources[left], limits[left], totals[left], written[left]
        if len(sources):
            state, symbols = select(state, left, rows.flatten()), symbols[left].flatten()
    return search.results()


def _best(scores: Tensor, totals: Tensor, count: int, barred: list[int]) -> tuple[Tensor, Tensor, Tensor]:
    """The likeliest continuations of each source: log-probabilities, symbols and which hypothesis they continue."""
    width = min(count + len(barred), scores.shape[-1])
    best, symbols, whole = topk_logsumexp(scores, width)
    if barred:
        best = best.masked_fill(torch.isin(symbols, torch.tensor(barred, device=symbols.device)), -torch.inf)
    best = best - whole.unsqueeze(-1)
    sources, beams = totals.shape
    chances = (totals.unsqueeze(-1) + best.view(sources, beams, width)).flatten(1)
    chances, places = chances.topk(min(count, chances.shape[1]), dim=-1)
    return chances, symbols.view(sources, -1).gather(1, places), places // width


class _Search:
    """What has been found for each source."""

    def __init__(self, sources: int, beam_size: int, length_penalty: float):
        self.beam_size, self.length_penalty = beam_size, length_penalty
        self.found: list[list[Hypothesis]] = [[] for _ in range(sources)]

    def take(
        self,
        sources: Tensor,
        chances: Tensor,
        candidates: Tensor,
        parents: Tensor,
        ends: Tensor,
        written: Tensor,
        length: int,
    ) -> None:
        """Keep what ends among the best continuations of a source."""
        ended = ends[:, : self.beam_size] & (chances[:, : self.beam_size] > -torch.inf)
        for row, place in ended.nonzero().tolist():
            made = self._made(written[row, parents[row, place]], float(chances[row, place]), length, True)
            self.found[int(sources[row])].append(made)

    def cut(self, sources: Tensor, totals: Tensor, written: Tensor, limits: Tensor, length: int) -> None:
        """Keep what has come to its greatest length."""
        for row in (limits == length).nonzero().flatten().tolist():
            for place in range(totals.shape[1]):
                if totals[row, place] > -torch.inf:
                    made = self._made(written[row, place], float(totals[row, place]), length, False)
                    self.found[int(sources[row])].append(made)

    def open(self, sources: Tensor, totals: Tensor, limits: Tensor, length: int) -> list[int]:
        """Which sources are to be searched on."""
        best = (totals.amax(1) / length**self.length_penalty).tolist()
        of_each = zip(sources.tolist(), best, limits.tolist(), strict=True)
        return [
            row for row, (source, going, limit) in enumerate(of_each) if length < limit and self._wants(source, going)
        ]

    def _wants(self, source: int, going: float) -> bool:
        """Whether what goes on, at best with this score, may still be wanted."""
        own = self.found[source]
        return going > -math.inf and (len(own) < self.beam_size or going > max(one.score for one in own))

    def _made(self, symbols: Tensor, chance: float, length: int, ended: bool) -> Hypothesis:
        return Hypothesis(symbols.tolist(), chance, chance / length**self.length_penalty, ended)

    def results(self) -> list[list[Hypothesis]]:
        """The sequences of each source, the best first."""
        return [sorted(own, key=lambda one: -one.score)[: self.beam_size] for own in self.found]


@torch.inference_mode()
def sample_sequences(
    step: Step,
    select: Select,
    state: Any,
    first: Tensor,
    end: int,
    generator: torch.Generator,
    *,
    max_length: int | Tensor = 200,
    **filters: Any,
) -> list[Hypothesis]:
    """Draw a sequence for each source, until it ends.

    Args:
        step, select, state, first, end, max_length: as of `beam_search`; a row a source throughout.
        generator: source of the random numbers.
        filters: settings of `filter_scores`.
    """
    found = [Hypothesis([], 0.0, 0.0, False) for _ in range(len(first))]
    limits = torch.as_tensor(max_length).expand(len(first)).tolist()
    left, symbols = list(range(len(first))), first
    while left:
        scores, state = step(symbols, state)
        chances = scores.log_softmax(-1)
        drawn = torch.multinomial(filter_scores(scores, **filters).softmax(-1), 1, generator=generator)
        chance = chances.gather(1, drawn).squeeze(1).tolist()
        going = []
        for row, (source, symbol) in enumerate(zip(left, drawn.squeeze(1).tolist(), strict=True)):
            own = found[source]
            own.log_probability += chance[row]
            own.score, own.ended = own.log_probability, symbol == end
            if not own.ended:
                own.symbols.append(symbol)
                if len(own.symbols) < limits[source]:
                    going.append(row)
        rows = torch.tensor(going, dtype=torch.int64, device=first.device)
        left = [left[row] for row in going]
        if left:
            state, symbols = select(state, rows, rows), drawn.squeeze(1)[rows]
    return found
