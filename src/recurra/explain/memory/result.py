"""How far back a network remembers, in words, numbers and pictures."""

from dataclasses import dataclass
from typing import Any

from recurra import figures
from recurra.explain.explanation import Explanation, Picture, json_ready
from recurra.explain.memory.outcomes import LossCurve
from recurra.explain.memory.probe import Probe

_READABLE = 0.1  # of what chance leaves, above which something can be told from a state


@dataclass(frozen=True)
class Memory(Explanation):
    """How far back a network uses what it reads, and how far back it could be told from its states.

    Attributes:
        curve: loss against the steps that are read.
        unit: of the loss.
        step: what a step is called.
        probe: what a linear probe tells from the states; None where there were too few positions.
        untrained: the same from a network of the same settings that has learnt nothing.
    """

    curve: LossCurve
    unit: str
    step: str
    probe: Probe | None
    untrained: Probe | None

    title = "Memory"

    @property
    def length(self) -> int | None:
        """How many of the last steps a network uses: the smallest number with which its loss is within 1%."""
        return self.curve.length

    @property
    def verdict(self) -> str:
        """How many of the last steps are used."""
        if self.length is None:
            return f"The network uses more than the last {self.curve.steps[-1]:,} {self.step}s."
        if self.length == 1:
            return f"The network uses no more than the last {self.step}: it has no memory that helps it."
        more = " (there were no more)" if self.length == self.curve.steps[-1] else ""
        loss = self.curve.losses[self.curve.steps.index(self.length)]
        return (
            f"The network uses the last {self.length:,} {self.step}s{more}: with these its loss is {loss:.4g}, "
            f"with all {self.curve.full:.4g}."
        )

    def lines(self) -> list[str]:
        """Losses, and what can be told from the states."""
        losses = zip(self.curve.steps, self.curve.losses, strict=True)
        listed = ", ".join(f"{steps}: {loss:.4g}" for steps, loss in losses)
        lines = [f"Loss ({self.unit}) with the last {self.step}s alone: {listed}; with all: {self.curve.full:.4g}"]
        if self.probe is None or self.untrained is None:
            return lines
        what = "told right" if self.probe.is_symbols else "of the variance explained"
        parts = zip(self.probe.lags, self.probe.scores, self.untrained.scores, self.probe.chance, strict=True)
        listed = ", ".join(f"{lag}: {score:.2f} ({other:.2f}, {luck:.2f})" for lag, score, other, luck in parts)
        lines.append(
            f"A linear probe of the state, by {self.step}s back; share {what} (untrained, by chance): {listed}"
        )
        lines.append(f"Clearly better than by chance it tells what was read up to {self.reach} {self.step}s back.")
        return lines

    @property
    def reach(self) -> int | None:
        """The furthest lag at which the probe does better than chance by a tenth of what chance leaves."""
        if self.probe is None:
            return None
        parts = zip(self.probe.lags, self.probe.scores, self.probe.chance, strict=True)
        told = [lag for lag, score, luck in parts if score - luck > _READABLE * (1 - luck)]
        return max(told, default=0)

    def numbers(self) -> dict[str, Any]:
        """All that was measured."""
        measured: dict[str, Any] = {
            "memory_length": self.length,
            "step": self.step,
            "unit": self.unit,
            "steps": self.curve.steps,
            "losses": self.curve.losses,
            "full_loss": self.curve.full,
            "probe_reach": self.reach,
        }
        if self.probe is not None and self.untrained is not None:
            measured["probe"] = {
                "score": "accuracy" if self.probe.is_symbols else "r2",
                "lags": self.probe.lags,
                "trained": self.probe.scores,
                "untrained": self.untrained.scores,
                "chance": self.probe.chance,
            }
        numbers: dict[str, Any] = json_ready(measured)
        return numbers

    def figures(self) -> dict[str, Picture]:
        """Loss against the steps that are read, and scores of the probe against the lag."""
        steps = self.curve.steps
        ends, full = [steps[0], steps[-1]], [self.curve.full] * 2
        curves = {f"last {self.step}s alone": (steps, self.curve.losses), "all that there is": (ends, full)}
        chart = figures.lines(curves, f"{self.step}s that are read", self.unit, "Loss by memory", x_scale="log")
        sentence = "Where the curve meets the dashed line, older steps change nothing any more."
        drawn = {"loss_by_memory": Picture(chart, sentence)}
        if self.probe is not None and self.untrained is not None:
            lags = self.probe.lags
            probes = {
                "trained": (lags, self.probe.scores),
                "untrained": (lags, self.untrained.scores),
                "by chance": (lags, self.probe.chance),
            }
            score = "share told right" if self.probe.is_symbols else "share of variance explained"
            chart = figures.lines(probes, f"{self.step}s back", score, "What a state still tells of its input")
            sentence = "What was read so many steps ago can be told from the state as far as a curve is above chance."
            drawn["probe"] = Picture(chart, sentence)
        return drawn
