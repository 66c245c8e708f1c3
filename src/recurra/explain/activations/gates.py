"""How often gates are open or closed, and states saturated: by layer and direction, and by unit.

Open is above 0.9, closed below 0.1, saturated above 0.9 in size, as in Karpathy, Johnson and Fei-Fei, 2015,
"Visualizing and understanding recurrent networks".
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

_OPEN, _CLOSED = 0.9, 0.1


@dataclass(frozen=True)
class Saturation:
    """Shares of the time of one gate, or one state, of a layer and direction.

    Attributes:
        name: such as "f_l0", of the forget gate of the first layer.
        is_gate: whether its values are between 0 and 1.
        open: of a gate the share above 0.9, of each unit, (H,); of other values the share above 0.9.
        closed: of a gate the share below 0.1, of each unit, (H,); of other values the share below -0.9.
    """

    name: str
    is_gate: bool
    open: np.ndarray
    closed: np.ndarray

    @property
    def mean_open(self) -> float:
        """Over the units."""
        return float(self.open.mean())

    @property
    def mean_closed(self) -> float:
        """Over the units."""
        return float(self.closed.mean())

    @property
    def saturated(self) -> float:
        """Share of the time at either end."""
        return self.mean_open + self.mean_closed


def saturations(values: Mapping[str, np.ndarray], states: frozenset[str]) -> list[Saturation]:
    """Measure gates and states.

    Args:
        values: by name, (N, H), at positions that are no padding.
        states: names of those that are states, such as "h_l0": no gates, whatever their values.

    Returns:
        Of each that stays between 0 and 1 and is no state, a gate; or between -1 and 1. An LSTM's memory is neither.
    """
    measured = []
    for name, numbers in values.items():
        if not len(numbers) or numbers.ndim != 2:
            continue
        low, high = float(numbers.min()), float(numbers.max())
        is_gate = name not in states and low >= 0 and high <= 1
        if not is_gate and (low < -1 or high > 1):
            continue
        closed = numbers < (_CLOSED if is_gate else -_OPEN)
        measured.append(Saturation(name, is_gate, (numbers > _OPEN).mean(0), closed.mean(0)))
    return measured
