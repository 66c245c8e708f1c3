"""Series planted in what is learnt from, to see whether a generator gives them away (Carlini et al., 2019)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recurra.data.tables.encoding import EncodedTable
from recurra.data.tables.feature import Feature
from recurra.metrics.series import nearest_distances

_REFERENCES = 1000  # for each canary


@dataclass(frozen=True)
class Exposure:
    """How near made windows come to canaries, beside references: series drawn like these that were never planted.

    Attributes:
        distances: of each canary to the nearest made window.
        ranks: of each canary among its references, by that distance; 1 is nearer than all of them.
        references: for each canary.
    """

    distances: list[float]
    ranks: list[int]
    references: int

    @property
    def bits(self) -> list[float]:
        """The exposure of each canary, in bits: by how much made windows narrow down which series it is."""
        return [math.log2((self.references + 1) / rank) for rank in self.ranks]

    @property
    def given_away(self) -> int:
        """How many canaries are nearer to made windows than all their references, as one in so many is by chance."""
        return self.ranks.count(1)


@dataclass(frozen=True)
class Canaries:
    """Series that no real one is like: each stays at random numbers up to some row, and at others from there on.

    Attributes:
        rows: numbers of the rows of each, (T, F).
        context: of each, that of a real series, (N, C).
    """

    rows: list[list[list[float]]]
    context: list[list[float]]

    @classmethod
    def draw(cls, count: int, real: EncodedTable, features: Sequence[Feature], window: int, seed: int) -> "Canaries":
        """Draw canaries as long as real series, but no longer than a window, with the context of these.

        Args:
            count: how many.
            real: what a generator learns from.
            features: of a row.
            window: rows of a window.
            seed: of all that is drawn.
        """
        generator = np.random.default_rng(seed)
        series = generator.integers(len(real.steps), size=count)
        lengths = [min(window, len(real.steps[i])) for i in series]
        rows = [_draw(length, features, generator) for length in lengths]
        return cls([part.tolist() for part in rows], real.context[series].tolist())

    def plant(self, real: EncodedTable, repeats: int) -> EncodedTable:
        """Give real series with each canary so often behind them."""
        steps = [np.asarray(rows, np.float32) for rows in self.rows] * repeats
        context = np.tile(np.asarray(self.context, np.float32), (repeats, 1))
        return EncodedTable([*real.steps, *steps], np.concatenate([real.context, context]))

    def exposure(self, made: np.ndarray, features: Sequence[Feature], seed: int) -> Exposure:
        """Measure how far made windows give the canaries away.

        Args:
            made: windows (M, T, F), zeros behind their ends.
            features: of a row.
            seed: of the canaries; the references are drawn by another.
        """
        generator = np.random.default_rng([seed, 1])
        references: dict[int, np.ndarray] = {}  # distances, by rows
        distances, ranks = list[float](), list[int]()
        for rows in self.rows:
            length = len(rows)
            if length not in references:
                drawn = [_draw(length, features, generator) for _ in range(_REFERENCES)]
                references[length] = nearest_distances(_padded(drawn, made), made)
            (distance,) = nearest_distances(_padded([np.asarray(rows, np.float32)], made), made)
            distances.append(float(distance))
            ranks.append(1 + int((references[length] <= distance).sum()))
        return Exposure(distances, ranks, _REFERENCES)


def _draw(length: int, features: Sequence[Feature], generator: np.random.Generator) -> np.ndarray:
    """Rows (T, F) that change once."""
    before, after = (np.concatenate([_value(feature, generator) for feature in features]) for _ in range(2))
    change = generator.integers(1, length) if length > 1 else 1
    rows: np.ndarray = np.where(np.arange(length)[:, None] < change, before, after).astype(np.float32)
    return rows


def _value(feature: Feature, generator: np.random.Generator) -> np.ndarray:
    """The numbers of a feature, any value as likely as any other."""
    if feature.kind == "category":
        chosen: np.ndarray = np.eye(feature.size)[generator.integers(feature.size)]
        return chosen
    value = generator.uniform() if feature.kind == "number" else float(generator.integers(2))
    return np.asarray([value])


def _padded(series: Sequence[np.ndarray], made: np.ndarray) -> np.ndarray:
    """Series side by side, as long as made windows, (N, T, F)."""
    padded = np.zeros((len(series), *made.shape[1:]), np.float32)
    for row, part in zip(padded, series, strict=True):
        row[: len(part)] = part
    return padded
