"""All that a beam search has held, as a tree: hypotheses that begin alike are one branch until they part."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class BeamNode:
    """A hypothesis at some time of the search.

    Attributes:
        parent: which node it continues, by its place among all; None at the first symbol.
        symbol: its last one.
        log_probability: of the whole, up to this symbol.
        ended: whether this symbol ended it.
    """

    parent: int | None
    symbol: int
    log_probability: float
    ended: bool = False


@dataclass
class BeamTree:
    """The tree of one source: what was in its beam, dropped later or not, and what ended there.

    Attributes:
        nodes: each behind the one that it continues.
    """

    nodes: list[BeamNode] = field(default_factory=list)
    _places: list[int | None] = field(default_factory=lambda: [None])  # of the hypotheses that the beam holds

    def begin(self, symbols: Sequence[int], log_probs: Sequence[float]) -> None:
        """Take the symbols that the source's sequences are to begin with, each with the log-probability up to it."""
        for symbol, log_prob in zip(symbols, log_probs, strict=True):
            self._places = [self._add(self._places[0], symbol, log_prob)]

    def end(self, parent: int, symbol: int, log_prob: float) -> None:
        """Take the end of a hypothesis, by its number in the beam."""
        self._add(self._places[parent], symbol, log_prob, True)

    def extend(self, parents: Tensor, symbols: Tensor, log_probs: Tensor) -> None:
        """Take the next beam: of each hypothesis the number of the one that it continues, (K,); -inf is none."""
        rows = zip(parents.tolist(), symbols.tolist(), log_probs.tolist(), strict=True)
        self._places = [
            None if log_prob == -math.inf else self._add(self._places[parent], symbol, log_prob)
            for parent, symbol, log_prob in rows
        ]

    def _add(self, parent: int | None, symbol: int, log_prob: float, ended: bool = False) -> int:
        self.nodes.append(BeamNode(parent, symbol, log_prob, ended))
        return len(self.nodes) - 1
