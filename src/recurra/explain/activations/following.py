"""How closely units follow a property of what is read, and which follows it best.

The score of a property that is there or not is the area under the ROC curve (AUC): the probability that the unit is
higher where it is there than where it is not; 0.5 says nothing, 0 as much as 1. Of a number it is Spearman's rank
correlation. Both look at ranks alone: a unit need not be linear, a gate may saturate, and how often a property comes
does not matter, so that scores of different properties, units and layers can be compared; a correlation, or mutual
information in bins, would depend on all of these.

Of hundreds of units some follow anything by chance. So the best unit is chosen on one half of the positions, and its
score is that on the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

_FEWEST = 8  # positions with a property, and without it, in each half


@dataclass(frozen=True)
class Follower:
    """The unit that follows a property best.

    Attributes:
        follows: the property.
        unit: its column among the units.
        score: on the half that it was not chosen on: AUC from 0 to 1, or Spearman's correlation from -1 to 1.
        is_number: whether the property is a number, and the score a correlation.
    """

    follows: str
    unit: int
    score: float
    is_number: bool

    @property
    def strength(self) -> float:
        """How closely it follows, from 0 to 1, whatever the direction."""
        return abs(self.score) if self.is_number else 2 * abs(self.score - 0.5)


def followers(units: np.ndarray, properties: Mapping[str, np.ndarray]) -> list[Follower]:
    """Find for each property the unit that follows it best, the closest first.

    Args:
        units: values (N, U), at positions in the order in which they were read.
        properties: of each, by name, bools or numbers (N,); NaN where it does not apply. Numbers that are all 0 or 1
            are taken for bools.

    Returns:
        Of each property that comes, and is missing, often enough in both halves.
    """
    best = []
    for name, values in properties.items():
        rows = np.flatnonzero(np.isfinite(values))
        is_number = not np.isin(values[rows], (0, 1)).all()
        values = values if is_number else values == 1
        halves = rows[: len(rows) // 2], rows[len(rows) // 2 :]
        if not all(_varies(values[half], is_number) for half in halves):
            continue
        score = correlations if is_number else areas
        chosen = int(np.argmax(np.abs(score(units[halves[0]], values[halves[0]]) - (0 if is_number else 0.5))))
        held = score(units[halves[1]][:, [chosen]], values[halves[1]])
        best.append(Follower(name, chosen, float(held[0]), is_number))
    return sorted(best, key=lambda follower: -follower.strength)


def _varies(values: np.ndarray, is_number: bool) -> bool:
    """Whether something can be told of a property."""
    if is_number:
        return len(values) >= 2 * _FEWEST and len(np.unique(values)) > 1
    return bool(_FEWEST <= values.sum() <= len(values) - _FEWEST)


def areas(units: np.ndarray, is_there: np.ndarray) -> np.ndarray:
    """Give the area under the ROC curve of each unit (N, U) against a property (N,): (U,).

    By the Mann-Whitney statistic; ties count half.
    """
    ranks = ranks_of(units)
    positives = int(is_there.sum())
    above = ranks[is_there].sum(0) - positives * (positives + 1) / 2
    return np.asarray(above / (positives * (len(is_there) - positives)))


def correlations(units: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Give Spearman's rank correlation of each unit (N, U) with numbers (N,): (U,); 0 of a unit that never changes."""
    ranks = ranks_of(units)
    centred = ranks - ranks.mean(0)
    of_values = ranks_of(values[:, None])[:, 0] - (len(values) + 1) / 2
    norms = np.linalg.norm(centred, axis=0) * np.linalg.norm(of_values)
    return np.asarray(np.where(norms > 0, of_values @ centred / np.maximum(norms, 1e-300), 0.0))


def ranks_of(values: np.ndarray) -> np.ndarray:
    """Give the ranks of numbers in each column of (N, U), from 1; equal ones have the mean of theirs."""
    order = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    positions = np.arange(len(values))[:, None]
    is_new = np.ones(values.shape, bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    is_last = np.roll(is_new, -1, axis=0)  # the first is always new, so that the last is a last
    first = np.maximum.accumulate(np.where(is_new, positions, 0), axis=0)
    last = np.minimum.accumulate(np.where(is_last, positions, len(values))[::-1], axis=0)[::-1]
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, (first + last) / 2 + 1, axis=0)
    return ranks
