"""What was measured of a model's gradients, with the cures that were tried and what became of each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from recurra import figures
from recurra.explain.explanation import Picture, json_ready
from recurra.explain.gradients.explanation import GradientExplanation
from recurra.explain.gradients.trials import Trial

_BETTER = 0.99  # of the loss of the model as it is
_COLUMNS = ("", "loss", "half-life in steps", "gradient norm", "verdict")


@dataclass(frozen=True)
class CuredExplanation(GradientExplanation):
    """How gradients flow back, and what cures them.

    Attributes:
        trials: the model as it is first, then each cure.
    """

    trials: list[Trial] = field(default_factory=list)

    @classmethod
    def of(cls, explanation: GradientExplanation, trials: list[Trial]) -> "CuredExplanation":
        """The same explanation with the cures that were tried."""
        values = {part.name: getattr(explanation, part.name) for part in fields(GradientExplanation)}
        return cls(**values, trials=trials)

    @property
    def best(self) -> Trial | None:
        """The cure with the smallest loss in the end; None where none is better than the model as it is."""
        untreated, *cured = self.trials
        best = min(cured, key=lambda trial: trial.loss, default=None)
        if best is None or math.isinf(best.loss):
            return None
        # a loss may be below zero
        limit = untreated.loss - (1 - _BETTER) * abs(untreated.loss) if math.isfinite(untreated.loss) else math.inf
        return best if best.loss < limit else None

    def lines(self) -> list[str]:
        """The lines of the summary below the verdict: the cures stand first."""
        return [*self._cures(), *super().lines()]

    def _cures(self) -> list[str]:
        steps = max(len(trial.losses) for trial in self.trials)
        best = self.best
        if best is None:
            answer = "none of the cures is better than the model as it is"
        else:
            answer = f"best is to {best.meaning}" if best.meaning.startswith(_VERBS) else f"best is {best.meaning}"
        return [f"Tried for {steps} steps: {answer}.", *_aligned([_COLUMNS, *map(_row, self.trials)])]

    def numbers(self) -> dict[str, Any]:
        """All that was measured, as JSON holds it."""
        trials = []
        for trial in self.trials:
            trials.append(
                {
                    "cure": trial.cure,
                    "meaning": trial.meaning,
                    "losses": trial.losses,
                    "diverged_at_step": trial.diverged,
                    "before": _short(trial.before),
                    "after": _short(trial.after),
                }
            )
        best = None if self.best is None else self.best.cure
        return super().numbers() | {"cures": json_ready(trials), "best_cure": best}

    def figures(self) -> dict[str, Picture]:
        """The pictures by name."""
        losses = {trial.meaning: (range(len(trial.losses)), trial.losses) for trial in self.trials}
        chart = figures.lines(losses, "training step", "loss", "Loss with each cure")
        distances = {}
        for trial in self.trials:
            layer = trial.before.layers[0]
            distances[trial.meaning] = (range(len(layer.fading.ratios)), layer.fading.ratios)
        reach = figures.lines(
            distances, "steps back from the last step", "part of the gradient", "Gradient with each cure", y_scale="log"
        )
        pictures = {
            "loss-by-cure": Picture(
                chart, "The loss of each training step with each cure, from the same start: the lower the better."
            ),
            "gradient-by-cure": Picture(
                reach, "How the gradient of the first layer fades with distance before it learns, with each cure."
            ),
        }
        return super().figures() | pictures


_VERBS = ("clip", "start")


def _short(explanation: GradientExplanation) -> dict[str, Any]:
    return {
        "loss": explanation.loss,
        "half_life": explanation.half_life,
        "gradient_norm": explanation.gradient_norm,
        "verdict": explanation.word,
    }


def _row(trial: Trial) -> tuple[str, ...]:
    before, after = trial.before, trial.after
    if trial.diverged is not None:
        return trial.meaning, f"{before.loss:.4g} -> diverged at step {trial.diverged}", "", "", after.word
    return (
        trial.meaning,
        f"{before.loss:.4g} -> {after.loss:.4g}",
        f"{_steps(before.half_life)} -> {_steps(after.half_life)}",
        f"{before.gradient_norm:.3g} -> {after.gradient_norm:.3g}",
        f"{before.word} -> {after.word}",
    )


def _steps(half_life: float | None) -> str:
    if half_life is None:
        return "?"
    return "never" if math.isinf(half_life) else f"{half_life:.3g}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """A table as lines of text, each column as wide as its widest cell."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  " + "  ".join(cells).rstrip())
    return lines
