"""Beam search: the likeliest sequences that a network can write for each of several sources."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from recurra.kernels.topk_logsumexp import topk_logsumexp
from recurra.nn.beam_tree import BeamTree
from recurra.nn.hypothesis import Hypothesis
from recurra.nn.sampling import ReorderState, State, Step


@torch.inference_mode()
def beam_search(
    step: Step[State],
    reorder_state: ReorderState[State],
    state: State,
    first: Tensor,
    end: int,
    *,
    beam_size: int = 5,
    length_penalty: float = 1.0,
    min_length: int = 0,
    max_length: int | Tensor = 200,
    suppress_tokens: Sequence[int] = (),
    prefix: Tensor | None = None,
    trees: Sequence[BeamTree] | None = None,
) -> list[list[Hypothesis]]:
    """Search the likeliest sequences for several sources at once; with a beam of one, take the likeliest symbol always.

    All hypotheses of all sources that are still searched make one batch of the step: rows source by source, in the
    first step one a source, then `beam_size` each. A source leaves the batch when it has `beam_size` sequences that
    ended and none that goes on ranks before the best of these, so that nothing is computed for what is done. (The first
    alone would not do: where a network is sure, what ends early is what is left over.)

    Args:
        step: symbols (N,) and state to scores (N, V), unnormalised, and the next state.
        reorder_state: state, sources (S,) and rows (N,): gives the state in which only these sources, by their place in
            the batch as it is, and these rows are left.
        state: the state of the B sources, a row each.
        first: (B,) what each sequence begins after.
        end: the symbol that ends a sequence.
        beam_size: hypotheses of a source, K.
        length_penalty: a sequence of L symbols, the end included, ranks by log p / L ** length_penalty.
        min_length: symbols before the end, at least.
        max_length: symbols before the end, at most; one number, or (B,).
        suppress_tokens: symbols that are never written; their probability is not given to others.
        prefix: (B, P) symbols that the sequences begin with, however likely; they count as written.
        trees: an empty one for each source, which is filled with all that the search holds on its way.

    Returns:
        For each source its sequences, at most `beam_size`, the best first.
    """
    if beam_size < 1:
        raise ValueError(f"beam_size: expected at least 1, got {beam_size}")
    finished = _Finished(len(first), beam_size, length_penalty)
    beams = _Beams.at_the_start(first, max_length, min_length)
    symbols, length = first, 0
    if prefix is not None:
        symbols, state, length = _write_prefix(step, state, first, prefix, beams, trees)
    while len(beams.sources):
        scores, state = step(symbols, state)  # (N, V)
        not_now = [*suppress_tokens, end] if length < min_length else list(suppress_tokens)
        continuations = _best_continuations(scores, beams.log_probs, 2 * beam_size, not_now)
        length += 1
        finished.collect_ended(beams, continuations, end, length, trees)
        parents = beams.extend(continuations, end, beam_size)  # (S, K)
        for row, tree in enumerate(beams.of_sources(trees)):
            tree.extend(parents[row], beams.symbols[row, :, -1], beams.log_probs[row])
        finished.collect_truncated(beams, length)
        active = torch.tensor(finished.active(beams, length), dtype=torch.int64, device=first.device)  # (A,)
        rows = active.unsqueeze(-1) * scores.shape[0] // len(beams.sources) + parents[active]  # (A, K), of the batch
        beams.keep(active)
        if len(active):
            state, symbols = reorder_state(state, active, rows.flatten()), beams.symbols[..., -1].flatten()
    return finished.results()


def _write_prefix(
    step: Step[State],
    state: State,
    first: Tensor,
    prefix: Tensor,
    beams: "_Beams",
    trees: Sequence[BeamTree] | None,
) -> tuple[Tensor, State, int]:
    """Let each source write its prefix, (B, P), into the beams; gives its last symbols, the state and its length."""
    if prefix.dim() != 2 or len(prefix) != len(first):
        raise ValueError(f"prefix: expected ({len(first)}, P), got {tuple(prefix.shape)}")
    symbols, log_probs = first, list[Tensor]()
    for next_symbols in prefix.unbind(1):
        scores, state = step(symbols, state)  # (B, V)
        chosen = scores.log_softmax(-1).gather(1, next_symbols.unsqueeze(-1))  # (B, 1)
        beams.log_probs = beams.log_probs + chosen
        log_probs.append(beams.log_probs)
        symbols = next_symbols
    beams.symbols = prefix.unsqueeze(1)  # (B, 1, P)
    beams.limits = beams.limits.clamp(min=prefix.shape[1] + 1)
    for source, tree in enumerate(trees or ()):
        tree.begin(prefix[source].tolist(), [float(of_symbol[source]) for of_symbol in log_probs])
    return symbols, state, prefix.shape[1]


@dataclass
class _Continuations:
    """The best ways to go on from the hypotheses of each source, the likeliest first; each (S, C)."""

    log_probs: Tensor  # of the whole sequence
    symbols: Tensor
    parents: Tensor  # which hypothesis of the source each continues


@dataclass
class _Beams:
    """The hypotheses of the S sources that are still searched, K each, all of one length L.

    Attributes:
        sources: (S,) their numbers in the caller's batch.
        limits: (S,) the greatest length of each.
        log_probs: (S, K); -inf where there are fewer hypotheses.
        symbols: (S, K, L).
    """

    sources: Tensor
    limits: Tensor
    log_probs: Tensor
    symbols: Tensor

    @staticmethod
    def at_the_start(first: Tensor, max_length: int | Tensor, min_length: int) -> "_Beams":
        count, device = len(first), first.device
        limits = torch.as_tensor(max_length, device=device).expand(count).clone()
        return _Beams(
            sources=torch.arange(count, device=device),
            limits=limits.clamp(min=max(1, min_length)),
            log_probs=torch.zeros(count, 1, device=device),
            symbols=first.new_zeros(count, 1, 0),
        )

    def extend(self, continuations: _Continuations, end: int, beam_size: int) -> Tensor:
        """Go on with the likeliest continuations that do not end; gives which hypothesis each continued, (S, K)."""
        goes_on = (continuations.symbols != end).long()
        chosen = goes_on.argsort(dim=-1, descending=True, stable=True)[:, :beam_size]  # (S, K), the likeliest first
        symbols = continuations.symbols.gather(1, chosen)
        parents = continuations.parents.gather(1, chosen)
        log_probs = continuations.log_probs.gather(1, chosen)
        self.log_probs = log_probs.masked_fill(symbols == end, -torch.inf)  # where fewer than K others are left
        before = self.symbols.gather(1, parents.unsqueeze(-1).expand(-1, -1, self.symbols.shape[-1]))  # (S, K, L)
        self.symbols = torch.cat([before, symbols.unsqueeze(-1)], -1)  # (S, K, L + 1)
        return parents

    def of_sources(self, trees: Sequence[BeamTree] | None) -> list[BeamTree]:
        """The trees of the sources that are still searched; none where none are asked for."""
        return [] if trees is None else [trees[source] for source in self.sources.tolist()]

    def keep(self, active: Tensor) -> None:
        """Drop all sources but these, by their place."""
        self.sources, self.limits = self.sources[active], self.limits[active]
        self.log_probs, self.symbols = self.log_probs[active], self.symbols[active]


def _best_continuations(scores: Tensor, log_probs: Tensor, count: int, suppressed: list[int]) -> _Continuations:
    """From scores (N, V) of the next symbol, and the log-probabilities (S, K) of what it continues."""
    sources, beams = log_probs.shape
    width = min(count + len(suppressed), scores.shape[-1])
    best, symbols, log_z = topk_logsumexp(scores, width)  # (N, width) twice, and (N,)
    if suppressed:
        is_suppressed = torch.isin(symbols, torch.tensor(suppressed, device=symbols.device))
        best = best.masked_fill(is_suppressed, -torch.inf)
    best = best - log_z.unsqueeze(-1)
    totals = (log_probs.unsqueeze(-1) + best.view(sources, beams, width)).flatten(1)  # (S, K width)
    totals, order = totals.topk(min(count, totals.shape[1]), dim=-1)  # (S, C)
    return _Continuations(totals, symbols.view(sources, -1).gather(1, order), order // width)


class _Finished:
    """The sequences of each source that go on no more."""

    def __init__(self, sources: int, beam_size: int, length_penalty: float):
        self.beam_size, self.length_penalty = beam_size, length_penalty
        self.hypotheses: list[list[Hypothesis]] = [[] for _ in range(sources)]

    def collect_ended(
        self,
        beams: _Beams,
        continuations: _Continuations,
        end: int,
        length: int,
        trees: Sequence[BeamTree] | None,
    ) -> None:
        """Take what ends among the K best continuations of each source."""
        of_sources = beams.of_sources(trees)
        log_probs = continuations.log_probs[:, : self.beam_size]
        ended = (continuations.symbols[:, : self.beam_size] == end) & (log_probs > -torch.inf)
        for row, place in ended.nonzero().tolist():
            parent, log_prob = int(continuations.parents[row, place]), float(log_probs[row, place])
            self._add(beams.sources[row], beams.symbols[row, parent], log_prob, length, True)
            if of_sources:
                of_sources[row].end(parent, end, log_prob)

    def collect_truncated(self, beams: _Beams, length: int) -> None:
        """Take what has come to its greatest length."""
        for row in (beams.limits == length).nonzero().flatten().tolist():
            for symbols, log_prob in zip(beams.symbols[row], beams.log_probs[row].tolist(), strict=True):
                if log_prob > -math.inf:
                    self._add(beams.sources[row], symbols, log_prob, length, False)

    def _add(self, source: Tensor, symbols: Tensor, log_prob: float, length: int, ended: bool) -> None:
        score = log_prob / length**self.length_penalty
        self.hypotheses[int(source)].append(Hypothesis(symbols.tolist(), log_prob, score, ended))

    def active(self, beams: _Beams, length: int) -> list[int]:
        """The places of the sources that are to be searched on."""
        best_scores = (beams.log_probs.amax(1) / length**self.length_penalty).tolist()
        sources, limits = beams.sources.tolist(), beams.limits.tolist()
        places = range(len(sources))
        return [n for n in places if length < limits[n] and self._may_improve(sources[n], best_scores[n])]

    def _may_improve(self, source: int, best_score: float) -> bool:
        """Whether hypotheses that go on, the best of which has this score now, may still be among the results."""
        scores = [hypothesis.score for hypothesis in self.hypotheses[source]]
        return best_score > -math.inf and (len(scores) < self.beam_size or best_score > max(scores))

    def results(self) -> list[list[Hypothesis]]:
        """The sequences of each source, the best first."""
        ranked = [sorted(of_source, key=lambda hypothesis: -hypothesis.score) for of_source in self.hypotheses]
        return [of_source[: self.beam_size] for of_source in ranked]
