"""What the units of a network do, in words, numbers and pictures."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from recurra import figures
from recurra.explain.activations.following import Follower
from recurra.explain.activations.gates import Saturation
from recurra.explain.explanation import Explanation, Picture, json_ready

_CLOSE = 0.5  # strength from which on a unit is said to follow something
_LISTED = 8  # followers in the summary
_COLORED = 24  # units to choose from in a picture
_SYMBOLS = 600  # of a text in a picture
_STEPS = 200  # of a series, and of a heat map
_DRAWN = 4  # features of a series
_DIGITS = 3  # after the point
_FAR = 2  # deviations from the mean, which have the darkest shade


@dataclass(frozen=True)
class Activations(Explanation):
    """States and gates of a layer over what it read, and which units follow what.

    Attributes:
        gates: how often each gate is open or closed, and each state saturated.
        followers: of each property the unit that follows it best, the closest first.
        units: values of all units over the first sequence, (T, U).
        unit_names: U names, such as "c_l0[17]".
        positions: how many steps were looked at.
        symbols: of the first sequence, where it is of symbols.
        series: of the first sequence, (T, I), where it is of numbers.
        features: names of these.
        gap: between symbols in a picture.
    """

    gates: list[Saturation]
    followers: list[Follower]
    units: np.ndarray
    unit_names: list[str]
    positions: int
    symbols: list[str] | None = None
    series: np.ndarray | None = None
    features: list[str] | None = None
    gap: int = 1

    title = "Activations"

    @property
    def verdict(self) -> str:
        """What is followed most closely."""
        close = [follower for follower in self.followers if follower.strength >= _CLOSE]
        if not self.followers:
            return f"Over {self.positions:,} steps nothing was there that units could be compared with."
        best = self.followers[0]
        if not close:
            return (
                f"No unit follows anything closely: the closest, {self._name(best)}, follows "
                f"{best.follows} with {_score(best)}."
            )
        have = "has a unit that follows it" if len(close) == 1 else "have units that follow them"
        return (
            f"{len(close)} of {len(self.followers)} properties {have} closely: "
            f"{self._name(best)} follows {best.follows} ({_score(best)})."
        )

    def _name(self, follower: Follower) -> str:
        return self.unit_names[follower.unit]

    def lines(self) -> list[str]:
        """Which unit follows what, and how often gates are open and closed."""
        lines = [f"{f.follows}: {self._name(f)} ({_score(f)})" for f in self.followers[:_LISTED]]
        for gate in self.gates:
            if gate.is_gate:
                lines.append(f"{gate.name}: open {gate.mean_open:.0%} of the time, closed {gate.mean_closed:.0%}")
            else:
                lines.append(f"{gate.name}: saturated {gate.saturated:.0%} of the time")
        return lines

    def numbers(self) -> dict[str, Any]:
        """All that was measured, but the values of the units."""
        ranked = [
            {
                "property": follower.follows,
                "unit": self._name(follower),
                "score": follower.score,
                "measure": "spearman" if follower.is_number else "auc",
            }
            for follower in self.followers
        ]
        shares = {
            gate.name: {
                "open" if gate.is_gate else "high": gate.mean_open,
                "closed" if gate.is_gate else "low": gate.mean_closed,
                "saturated": gate.saturated,
            }
            for gate in self.gates
        }
        numbers: dict[str, Any] = json_ready({"positions": self.positions, "followers": ranked, "shares": shares})
        return numbers

    @cached_property
    def _chosen(self) -> dict[str, int]:
        """The units that are drawn, by what is said of them: those that follow something, then the liveliest."""
        chosen = {}
        for follower in self.followers[:_COLORED]:
            chosen[f"{self._name(follower)}: {follower.follows}"] = follower.unit
        spread = self.units.std(0)
        for unit in np.argsort(-spread, kind="stable").tolist():
            if len(chosen) >= min(_COLORED, len(self.unit_names)):
                break
            if unit not in chosen.values():
                chosen[self.unit_names[unit]] = unit
        return chosen

    def figures(self) -> dict[str, Picture]:
        """What was read coloured by a unit, units over the steps, and how often gates are open and closed."""
        drawn = {"by_unit": self._of_choice(), "units": self._of_steps()}
        gates = {gate.name: (gate.closed, gate.open) for gate in self.gates if gate.is_gate}
        if gates:
            sentence = "A unit at the top left is nearly always open, and remembers if it is a forget gate's."
            drawn["gates"] = Picture(figures.gate_shares(gates), sentence)
        return drawn

    def _of_choice(self) -> Picture:
        values = self._deviations
        if self.series is not None:
            names = (self.features or [f"feature {i}" for i in range(self.series.shape[1])])[:_DRAWN]
            series = self.series[:_STEPS, :_DRAWN]
            by_unit = {name: values[:_STEPS, unit].tolist() for name, unit in self._chosen.items()}
            chart: Any = figures.colored_series(series, names, by_unit, "The series, coloured by a unit")
            return Picture(chart, "Dark points are where the chosen unit is far from its mean; triangles, below it.")
        symbols = (self.symbols or [str(step) for step in range(len(self.units))])[:_SYMBOLS]
        by_unit = {name: values[:_SYMBOLS, unit].tolist() for name, unit in self._chosen.items()}
        chart = figures.colored_text(symbols, by_unit, "The text, coloured by a unit", gap=self.gap)
        return Picture(chart, "Blue symbols are where the chosen unit is above its mean, underlined orange ones below.")

    def _of_steps(self) -> Picture:
        columns = None if self.symbols is None else self.symbols[:_STEPS]
        values = self._deviations[:_STEPS, list(self._chosen.values())].T  # (chosen, T)
        title = "Units over the steps"
        chart = figures.heat_map(values, list(self._chosen), columns, title, value_title="deviations")
        return Picture(chart, "Each row is a unit; stripes show what it reacts to, long bars what it keeps.")

    @cached_property
    def _deviations(self) -> np.ndarray:
        """How far each unit is from its mean at each step, in its deviations, two of them at most, (T, U)."""
        spread = self.units.std(0)
        deviations: np.ndarray = (self.units - self.units.mean(0)) / np.where(spread > 0, spread, 1)
        rounded: np.ndarray = np.round(deviations.clip(-_FAR, _FAR), _DIGITS)
        return rounded


def _score(follower: Follower) -> str:
    """The score in words; a unit below 0.5 is low where the property is there."""
    if follower.is_number:
        return f"correlation {follower.score:.2f}"
    return f"AUC {follower.score:.2f}{', low there' if follower.score < 0.5 else ''}"
