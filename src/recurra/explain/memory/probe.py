"""A linear probe: how well what was read k steps ago can be told from a state.

As in Alain and Bengio, 2017, "Understanding intermediate layers using linear classifier probes". The probe is ridge
regression in closed form: of numbers on them, of symbols on a 1 for each (Rifkin et al., 2003, "Regularized
least-squares classification"), the largest of which is its answer. So all lags, and all penalties, cost one
decomposition of the states.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_SYMBOLS = 40  # that are told apart; the others are one
_PENALTIES = tuple(10.0**power for power in range(-6, 4))  # of the ridge, as shares of the mean variance
_POSITIONS = 20_000  # at most
_FEWEST = 20  # positions to fit on


@dataclass(frozen=True)
class Probe:
    """How well what was read earlier can be told, on positions that the probe was not fitted on.

    Attributes:
        lags: k, steps back.
        scores: of each lag: of symbols the share told right, of numbers the share of the variance explained (R2).
        chance: what an answer that is always the same would score, of each lag.
        is_symbols: which of the two.
    """

    lags: list[int]
    scores: list[float]
    chance: list[float]
    is_symbols: bool


def lags_of(lengths: Sequence[int], longest: int = 64) -> list[int]:
    """The lags to probe in sequences of some lengths: 0, 1, 2, 4, ..., of which half of the sequence is left."""
    most = min(longest, max(0, int(np.median(lengths)) // 2))
    return [0, *(1 << power for power in range(most.bit_length()) if 1 << power <= most)]


def probe(states: Sequence[np.ndarray], read: Sequence[np.ndarray], lags: Sequence[int]) -> Probe | None:
    """Fit a probe for each lag, and score it.

    The last third of the positions is held out; the penalty is chosen on the last quarter of the others.

    Args:
        states: of each sequence, (T, H).
        read: of each sequence what was read at each step: symbols (T,), or numbers (T, I), maybe missing (NaN).
        lags: steps back, all of which are probed at the same positions.

    Returns:
        The scores; None where there are too few positions.
    """
    furthest = max(lags)
    long_enough = [number for number, part in enumerate(states) if len(part) > furthest]
    x = _joined([states[number][furthest:] for number in long_enough])  # (N, H)
    known = 2 * len(x) // 3  # positions to fit on
    if known < _FEWEST:
        return None
    is_symbols = read[0].ndim == 1
    inner, whole = _Decomposed(x[: 3 * known // 4]), _Decomposed(x[:known])
    scores, chance = [], []
    for lag in lags:
        earlier = _joined([read[number][furthest - lag : len(read[number]) - lag] for number in long_enough])
        y = _one_hot(earlier, known) if is_symbols else np.nan_to_num(earlier)  # (N, C)
        chosen_on = slice(3 * known // 4, known)
        tried = [_score(inner.predict(y, size, x[chosen_on]), y[chosen_on], is_symbols) for size in _PENALTIES]
        penalty = _PENALTIES[int(np.argmax(tried))]
        predicted = whole.predict(y, penalty, x[known:])
        scores.append(_score(predicted, y[known:], is_symbols))
        constant = np.broadcast_to(y[:known].mean(0), y[known:].shape)
        chance.append(_score(constant, y[known:], is_symbols))
    return Probe(list(lags), scores, chance, is_symbols)


class _Decomposed:
    """States (N, H) of which any number of ridge regressions are made."""

    def __init__(self, x: np.ndarray):
        self.mean = x.mean(0)
        self.centred = x - self.mean
        self.values, self.vectors = np.linalg.eigh(self.centred.T @ self.centred)
        self.scale = float(self.values.mean()) or 1.0

    def predict(self, y: np.ndarray, penalty: float, at: np.ndarray) -> np.ndarray:
        """Fit the first N of some answers, (N or more, C), and give those at other states (M, H): (M, C)."""
        y = y[: len(self.centred)]
        mean = y.mean(0)
        rotated = self.vectors.T @ (self.centred.T @ (y - mean))  # (H, C)
        weights = self.vectors @ (rotated / (self.values.clip(min=0) + penalty * self.scale)[:, None])
        predicted: np.ndarray = (at - self.mean) @ weights + mean
        return predicted


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    joined = np.concatenate(parts)[:_POSITIONS] if parts else np.empty((0, 1))
    return joined if joined.dtype.kind in "iu" else joined.astype(np.float64)


def _one_hot(symbols: np.ndarray, known: int) -> np.ndarray:
    """A 1 for each of the commonest symbols, and one for all others, (N, C)."""
    different, counts = np.unique(symbols[:known], return_counts=True)
    common = different[np.argsort(-counts, kind="stable")[:_SYMBOLS]]
    ones = symbols[:, None] == common  # (N, C - 1)
    return np.concatenate([ones, ~ones.any(1, keepdims=True)], 1).astype(np.float64)


def _score(predicted: np.ndarray, y: np.ndarray, is_symbols: bool) -> float:
    """The share of symbols told right, or of the variance of numbers that is explained."""
    if is_symbols:
        return float((predicted.argmax(1) == y.argmax(1)).mean())
    left, total = ((y - predicted) ** 2).sum(0), ((y - y.mean(0)) ** 2).sum(0)
    varying = total > 0
    return float((1 - left[varying] / total[varying]).mean()) if varying.any() else 0.0
