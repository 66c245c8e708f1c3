"""How good lines are at each temperature: of the generator after the game, and of its own likelihood model."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from recurra.metrics import text_samples
from recurra.tasks.text_gan.data import EncodedLines
from recurra.tasks.text_gan.line_model import Allowed, LineModel
from recurra.tasks.text_gan.scores import drawn_lines, nats_per_symbol
from recurra.tasks.text_gan.symbols import LineSymbols

ORDERS = (2, 3, 4, 5)  # of n-grams
_TEXTS = 500  # lines that are drawn with a seed
_EXAMPLES = 8  # lines that are shown
_REAL = 5000  # lines that BLEU compares with


@dataclass(frozen=True)
class Point:
    """Lines of one temperature.

    Attributes:
        temperature: that they were drawn with.
        nats: of held-out lines, a mean over symbols (NLL_test).
        quality: of what is drawn, by seed: how far from real lines, so that less is better. The mean of -log p of a
            symbol under the oracle (NLL_oracle), or 1 minus BLEU-5 against held-out lines.
        scores: all that was measured of lines, by name, each by seed.
    """

    temperature: float
    nats: float
    quality: list[float]
    scores: dict[str, list[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Judge:
    """What made lines are compared with.

    Attributes:
        learnt: lines that the generator has learnt from.
        held_out: others.
        symbols: of both.
        allowed: what may be written.
    """

    learnt: EncodedLines
    held_out: EncodedLines
    symbols: LineSymbols
    allowed: Allowed | None

    def point(self, model: LineModel, temperature: float, seeds: Sequence[int]) -> Point:
        """Measure a model at a temperature, with lines that are drawn by each seed."""
        nats = nats_per_symbol(model, self.held_out, temperature)
        scores: dict[str, list[float]] = {}
        for seed in seeds:
            made = self._drawn(model, temperature, seed)
            for name, value in self.scores(made).items():
                scores.setdefault(name, []).append(value)
        if self.held_out.oracle is not None:
            quality = scores["oracle_nats"]
        else:
            quality = [1 - value for value in scores["bleu_5"]]
        return Point(temperature, nats, quality, scores)

    def scores(self, made: EncodedLines) -> dict[str, float]:
        """Measure lines."""
        oracle = self.held_out.oracle
        texts = self._texts(made)
        scores = {} if oracle is None else {"oracle_nats": float(oracle.nats(np.stack(made.symbols)).mean())}
        if oracle is None:  # the symbols of an oracle repeat too seldom for n-grams to say anything
            of_real, of_others = text_samples.bleu(texts, self._real, ORDERS), text_samples.self_bleu(texts, ORDERS)
            scores |= {f"bleu_{order}": value for order, value in of_real.items()}
            scores |= {f"self_bleu_{order}": value for order, value in of_others.items()}
        for order in ORDERS:
            scores[f"distinct_{order}"] = text_samples.distinct(texts, order)
            scores[f"copied_{order}"] = text_samples.copied(texts, self._learnt, order)
        return scores | {"copied_whole": text_samples.copied_whole(texts, self._learnt)}

    @cached_property
    def _learnt(self) -> text_samples.References:
        return text_samples.References(self._texts(self.learnt), max(ORDERS))

    @cached_property
    def _real(self) -> text_samples.References:
        return text_samples.References(self._texts(self.held_out)[:_REAL], max(ORDERS))

    def real(self) -> dict[str, float]:
        """Measure as many real lines: what a perfect generator would have.

        They are held-out ones; but as these are what BLEU compares with, it is that of lines that were learnt from.
        """
        scores = self.scores(_some(self.held_out, _TEXTS))
        if self.held_out.oracle is not None:
            return scores
        learnt = self._texts(_some(self.learnt, _TEXTS))
        of_orders = text_samples.bleu(learnt, self._real, ORDERS)
        return scores | {f"bleu_{order}": value for order, value in of_orders.items()}

    def examples(self, model: LineModel, temperature: float, seed: int) -> list[str]:
        """Some lines of a model, as texts."""
        begins = self.held_out.beginnings[:_EXAMPLES]
        made = drawn_lines(model, begins, seed, temperature, self.allowed)
        return self._as_text(made)

    def real_examples(self) -> list[str]:
        """Some held-out lines, as texts."""
        return self._as_text(_some(self.held_out, _EXAMPLES))

    def _as_text(self, lines: EncodedLines) -> list[str]:
        return [self.symbols.decode(np.asarray(symbols, np.int64)) for symbols in self._texts(lines)]

    def _drawn(self, model: LineModel, temperature: float, seed: int) -> EncodedLines:
        rows = np.random.default_rng(seed).integers(len(self.held_out), size=_TEXTS)
        return drawn_lines(model, self.held_out.beginnings[rows], seed, temperature, self.allowed)

    def _texts(self, lines: EncodedLines) -> list[tuple[int, ...]]:
        """Lines without their ends."""
        end = self.symbols.end
        return [
            tuple(row[:-1] if len(row) and row[-1] == end else row) for row in map(np.ndarray.tolist, lines.symbols)
        ]


def _some(lines: EncodedLines, count: int) -> EncodedLines:
    """So many lines, or all where there are fewer."""
    rows = np.random.default_rng(0).permutation(len(lines))[:count]
    return EncodedLines([lines.symbols[i] for i in rows], lines.beginnings[rows], lines.oracle)
