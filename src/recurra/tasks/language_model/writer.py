"""Texts written side by side, of which any may begin, end or be taken away between two symbols.

Each text is a row of a batch. What is written in a row is what would be written alone: its random numbers are its own
(`CountedDraws`), and a step's results in a row do not depend on the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from recurra.kernels.drawing import draw
from recurra.nn.counted_draws import CountedDraws
from recurra.nn.sampling import draw_symbols, filter_scores
from recurra.tasks.language_model.network import LanguageNetwork
from recurra.tasks.language_model.packed_network import PackedNetwork, Parts
from recurra.training.validation import evaluating

SHORT = 32
"""Symbols of a prompt up to which it is read by steps, which many prompts can take together."""


@dataclass(frozen=True)
class Filters:
    """How a next symbol is chosen: as of `recurra.nn.sampling.filter_scores`."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0


@dataclass(frozen=True)
class Place:
    """Where a text stands.

    Attributes:
        state: of the network when it has read all symbols but the last, (L, 1, ...) each.
        symbol: the last, which is to be read.
    """

    state: Parts
    symbol: int


@dataclass(eq=False)
class Row:
    """A text that is being written.

    Attributes:
        place: where it began; `Writer.place` tells where it stands.
        draws: its random numbers.
        filters: how its symbols are chosen.
        alternatives: how many of the likeliest symbols to tell at each step, with their log-probabilities; None tells
            not even that of the symbol that was drawn.
    """

    place: Place
    draws: CountedDraws
    filters: Filters = field(default_factory=Filters)
    alternatives: int | None = None


@dataclass(frozen=True)
class Written:
    """A symbol that was written.

    Attributes:
        symbol: its number.
        log_prob: of the symbol, in nats, before filters; None where it was not asked for.
        alternatives: the likeliest symbols and their log-probabilities, the likeliest first.
    """

    symbol: int
    log_prob: float | None = None
    alternatives: tuple[tuple[int, float], ...] = ()


class Unread(NamedTuple):
    """Symbols to read, what stands before them, and what to tell of them: as of `Writer.read`."""

    symbols: Sequence[int]
    place: Place | None = None
    alternatives: int | None = None


class Writer:
    """Rows of a batch that a network writes, a symbol of each at every step.

    The weights are packed once, when this is made.

    Args:
        network: that predicts forward.
        unknown: the symbol that is never written, if there is one.
    """

    def __init__(self, network: LanguageNetwork, unknown: int | None):
        self.rows: list[Row] = []
        self._network = PackedNetwork(network)
        self._device = network.bias.device
        self._forbidden = None if unknown is None else torch.zeros_like(network.bias)  # (V,)
        if self._forbidden is not None:
            self._forbidden[unknown] = -torch.inf
        self._state: Parts = ()  # (L, B, ...) each
        self._symbols: list[int] = []  # of each row the last, which the next step reads

    @torch.inference_mode()
    def read(
        self, symbols: Tensor, place: Place | None = None, alternatives: int | None = None
    ) -> tuple[Place, list[Written]]:
        """Read symbols: up to `SHORT` of them by steps, more by passes over all of them.

        Args:
            symbols: to read, (1, T) with T of at least 1.
            place: what stands before them; None where they are the beginning.
            alternatives: as of `Row`; None does not compute how likely the symbols were.

        Returns:
            Where the text stands then; and, where `alternatives` is not None, what is known of each symbol, but for the
            first of a beginning, which nothing predicts.
        """
        if symbols.shape[1] <= SHORT and self._network.is_together:
            return self.read_together([Unread(symbols[0].tolist(), place, alternatives)])[0]
        if place is not None:
            symbols = torch.cat([symbols.new_tensor([[place.symbol]]), symbols], 1)  # (1, 1 + T)
        with evaluating(self._network.network):
            h, state = self._network.read(symbols[:, :-1], None if place is None else place.state)
        after = Place(state, int(symbols[0, -1]))
        if alternatives is None or h is None:
            return after, []
        scores = self._network.scores(h)  # (T, V)
        return after, _with_log_probs(scores, symbols[0, 1:], [alternatives] * len(scores))

    @torch.inference_mode()
    def read_together(self, prompts: Sequence[Unread]) -> list[tuple[Place, list[Written]]]:
        """Read prompts of at most `SHORT` symbols side by side; of each the result is that of `read`, bit for bit."""
        if not self._network.is_together:
            return [self.read(torch.tensor([prompt.symbols]), *prompt[1:]) for prompt in prompts]
        texts = [[*([prompt.place.symbol] if prompt.place else []), *prompt.symbols] for prompt in prompts]
        order = sorted(range(len(prompts)), key=lambda index: -len(texts[index]))  # the longest first
        beginning = self._network.beginning()
        before = [prompts[index].place for index in order]
        states = [place.state if place else beginning for place in before]
        state = tuple(torch.cat(parts, 1) for parts in zip(*states, strict=True))  # (L, B, ...) each
        outputs: list[list[Tensor]] = [[] for _ in order]  # of each text what the softmax reads, (F,) each
        for step in range(len(texts[order[0]]) - 1):
            active = [index for index in order if len(texts[index]) - 1 > step]
            symbols = torch.tensor([texts[index][step] for index in active], device=self._device)
            h, after = self._network.advance(symbols, tuple(part[:, : len(active)] for part in state))
            state = tuple(torch.cat([part, old[:, len(active) :]], 1) for part, old in zip(after, state, strict=True))
            for of_text, of_step in zip(outputs, h, strict=False):
                of_text.append(of_step)
        results: dict[int, tuple[Place, list[Written]]] = {}
        for row, index in enumerate(order):
            after_text = Place(tuple(part[:, row : row + 1].clone() for part in state), texts[index][-1])
            results[index] = after_text, self._known(texts[index], outputs[row], prompts[index].alternatives)
        return [results[index] for index in range(len(prompts))]

    def _known(self, text: Sequence[int], outputs: Sequence[Tensor], alternatives: int | None) -> list[Written]:
        """What is known of the symbols of a text but for the first, of what the softmax reads before each."""
        if alternatives is None or not outputs:
            return []
        scores = self._network.scores(torch.stack(list(outputs)))  # (T - 1, V)
        drawn = torch.tensor(text[1:], device=scores.device)
        return _with_log_probs(scores, drawn, [alternatives] * len(scores))

    @torch.inference_mode()
    def add(self, row: Row) -> None:
        """Let a text begin, or go on, with the next step."""
        parts = row.place.state
        self._state = tuple(map(_beside, self._state, parts)) if self.rows else tuple(part.clone() for part in parts)
        self._symbols.append(row.place.symbol)
        self.rows.append(row)

    @torch.inference_mode()
    def remove(self, rows: Sequence[Row]) -> None:
        """Take texts away."""
        leaving = set(map(id, rows))
        staying = [index for index, row in enumerate(self.rows) if id(row) not in leaving]
        if len(staying) == len(self.rows):
            return
        index = torch.tensor(staying, dtype=torch.int64, device=self._device)
        self._state = tuple(part.index_select(1, index) for part in self._state) if staying else ()
        self._symbols = [self._symbols[index] for index in staying]
        self.rows = [self.rows[index] for index in staying]

    @torch.inference_mode()
    def place(self, row: Row) -> Place:
        """Where a text stands now."""
        index = self.rows.index(row)
        return Place(tuple(part[:, index : index + 1].clone() for part in self._state), self._symbols[index])

    @torch.inference_mode()
    def step(self) -> list[Written]:
        """Write a symbol of each row."""
        symbols = torch.tensor(self._symbols, device=self._device)
        scores, self._state = self._network.step(symbols, self._state)  # (B, V)
        self._symbols = self._draw(scores if self._forbidden is None else scores + self._forbidden)
        if all(row.alternatives is None for row in self.rows):
            return [Written(symbol) for symbol in self._symbols]
        drawn = torch.tensor(self._symbols, device=scores.device)
        return _with_log_probs(scores, drawn, [row.alternatives for row in self.rows])

    def _draw(self, scores: Tensor) -> list[int]:
        """Draw a symbol of each row from scores (B, V); of reduced precision, the same on every processor."""
        filters = [row.filters for row in self.rows]
        if filters.count(filters[0]) == len(filters):
            scores = filter_scores(scores, **vars(filters[0]))
        else:
            scores = _filtered_apart(scores, filters)
        shares = [row.draws.uniform() for row in self.rows]
        if self._network.is_reduced:
            return draw(scores, shares)
        symbols: list[int] = draw_symbols(scores.softmax(-1), shares).tolist()
        return symbols


def _filtered_apart(scores: Tensor, filters: Sequence[Filters]) -> Tensor:
    """Scores (B, V), those of each row filtered in its own way."""
    filtered = torch.empty_like(scores)
    for way in set(filters):
        rows = [row for row, of_row in enumerate(filters) if of_row == way]
        filtered[rows] = filter_scores(scores[rows], **vars(way))
    return filtered


def _with_log_probs(scores: Tensor, drawn: Tensor, alternatives: Sequence[int | None]) -> list[Written]:
    """What was written, with its log-probabilities: scores (B, V), symbols (B,)."""
    log_probs = scores.log_softmax(-1)
    of_drawn = log_probs.gather(-1, drawn.unsqueeze(-1)).squeeze(-1).tolist()
    most = min(max(count or 0 for count in alternatives), scores.shape[-1])
    values, symbols = log_probs.topk(most)  # (B, K)
    written = []
    rows = zip(drawn.tolist(), of_drawn, symbols.tolist(), values.tolist(), alternatives, strict=True)
    for symbol, log_prob, likeliest, likeliest_log_probs, count in rows:
        if count is None:
            written.append(Written(symbol))
        else:
            pairs = tuple(zip(likeliest[:count], likeliest_log_probs[:count], strict=True))
            written.append(Written(symbol, log_prob, pairs))
    return written


def _beside(rows: Tensor, row: Tensor) -> Tensor:
    return torch.cat([rows, row], 1)
