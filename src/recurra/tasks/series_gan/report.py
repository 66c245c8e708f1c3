"""The report of a generator of series: is what it makes real to judges, useful, new, and was its game worth it."""

import math
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from recurra.data.tables.table import Table
from recurra.metrics.intervals import Interval, interval
from recurra.tasks.series_gan.copying import Copying, measure_copying
from recurra.tasks.series_gan.evaluation import (
    Judged,
    as_many,
    halves,
    judge,
    likeness,
    sampled_length,
    windows_of,
)
from recurra.tasks.series_gan.judges import predictive_score
from recurra.tasks.series_gan.projections import projections
from recurra.tasks.series_gan.quality import quality_score
from recurra.tasks.series_gan.windows import Windows
from recurra.training.sampler import SampleReport

if TYPE_CHECKING:
    from recurra.tasks.series_gan.task import TimeSeriesGAN

SEEDS = (0, 1, 2, 3, 4)
"""Of the judges."""
_CHOSEN_BY = "discriminative"  # the score by which the game is judged
_BASELINE_EPOCHS = 16  # of the likelihood model, at most those of the run


@dataclass(frozen=True)
class Measured:
    """All that was measured.

    Attributes:
        method: of the run.
        made: scores of what it makes. floor: of real windows beside real ones. baseline: of what the likelihood model
            makes; None where the run is one.
        useful: the predictive score on held-out windows of a judge that learnt from made ones, and from real ones;
            empty where nothing is held out.
        likeness, floor_likeness: see `evaluation.likeness`, of made and of real windows.
        copying: None where nothing is held out.
        quality: the score of sdmetrics; NaN where it is not installed.
        rows, broken: made rows, and how many of them break a rule.
        planes: projections of real and made windows, by name.
        sizes: windows by what they are.
    """

    method: str
    made: Judged
    floor: Judged
    baseline: Judged | None
    useful: dict[str, Interval]
    likeness: dict[str, float]
    floor_likeness: dict[str, float]
    copying: Copying | None
    quality: float
    rows: int
    broken: int
    planes: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def conclusion(self) -> str:
        """The sentence that says whether the adversarial part beats the likelihood model."""
        if self.baseline is None:
            return "This run is the likelihood model itself: there is no adversarial part to compare with it."
        above = self.made.less(self.baseline, _CHOSEN_BY)
        where = f"(difference of the discriminative scores {above}, {above.count} judge seeds, 95%; below 0 is better)"
        if above.high < 0:
            return f"The adversarial part beats the likelihood model of the same data {where}."
        if above.low > 0:
            return f"The adversarial part does not beat the likelihood model of the same data; it is worse {where}."
        return f"The adversarial part does not beat the likelihood model of the same data beyond chance {where}."

    def numbers(self) -> dict[str, Any]:
        """All numbers by name, as JSON holds them."""
        judged = {"made": self.made, "real beside real": self.floor}
        if self.baseline is not None:
            judged["likelihood model"] = self.baseline
        return {
            "method": self.method,
            "judges": {name: _intervals(scores.intervals()) for name, scores in judged.items()},
            "judge_seeds": {name: scores.scores for name, scores in judged.items()},
            "predictive on held-out windows": _intervals(self.useful),
            "likeness": {"made": self.likeness, "real beside real": self.floor_likeness},
            "copying": None if self.copying is None else asdict(self.copying),
            "sdmetrics quality": None if math.isnan(self.quality) else self.quality,
            "rules": {"rows": self.rows, "violations": self.broken},
            "windows": self.sizes,
        }


def _intervals(intervals: dict[str, Interval]) -> dict[str, Any]:
    return {name: part.to_json() for name, part in intervals.items()}


def measure(
    task: "TimeSeriesGAN",
    train: Table,
    held: Table | None,
    seeds: tuple[int, ...] = SEEDS,
    iterations: dict[str, int] | None = None,
) -> Measured:
    """Measure what a generator makes.

    Args:
        task: fitted.
        train, held: what was learnt from, and what was held out.
        seeds: of the judges.
        iterations: of a judge by name, in the place of its own; fewer for a quick look.
    """
    encoding, window = task.encoding, task.window_
    real = windows_of(train, encoding, window, task.config.stride)
    table, made = _made(task, len(real))
    held_windows = None if held is None else windows_of(held, encoding, window, task.config.stride)
    first, second = halves(real, seed=0)
    baseline = None
    if task.config.method != "likelihood":
        other = _likelihood(task, train, held)
        baseline = judge(real, as_many(_made(other, len(real))[1], len(real), 0), seeds, iterations)
    useful, copying = {}, None
    if held_windows is not None and len(held_windows) > 1:
        useful = {
            name: interval(judge_predictive(held_windows, source, seeds, iterations))
            for name, source in (("learnt from made", made), ("learnt from real", real))
        }
        copying = measure_copying(real.steps, held_windows.steps, made.steps)
    broken = sum(int(rule.violations(table).sum()) for rule in encoding.rules)
    return Measured(
        task.config.method,
        judge(real, made, seeds, iterations),
        judge(first, second, seeds, iterations),
        baseline,
        useful,
        likeness(real, made),
        likeness(first, second),
        copying,
        quality_score(train, table),
        len(table.cells),
        broken,
        projections({"real": real.steps, "made": made.steps}),
        {"real": len(real), "made": len(made), "held out": 0 if held_windows is None else len(held_windows)},
    )


def judge_predictive(
    real: Windows, source: Windows, seeds: tuple[int, ...], iterations: dict[str, int] | None
) -> list[float]:
    """Give the predictive score on real windows of judges that learnt from others, one a seed."""
    chosen = {} if iterations is None or "predictive" not in iterations else {"iterations": iterations["predictive"]}
    return [predictive_score(real, source, seed, **chosen) for seed in seeds]


def _made(task: "TimeSeriesGAN", count: int) -> tuple[Table, Windows]:
    """A made table, and as many windows of it as there are real ones."""
    window = task.window_
    length = sampled_length(window, task.network is not None and task.network.continues, task.is_single)
    if length is None:
        table = task.sample(count, seed=1)
    else:
        table = task.sample(max(1, -(-count * window // length) if length > window else count), length=length, seed=1)
    windows = windows_of(table, task.encoding, window, window if length and length > window else 1)
    return table, as_many(windows, count, seed=0)


def _likelihood(task: "TimeSeriesGAN", train: Table, held: Table | None) -> "TimeSeriesGAN":
    """The likelihood model of the same data, with as many units."""
    config = replace(task.config, method="likelihood", epochs=min(_BASELINE_EPOCHS, task.config.epochs))
    settings = asdict(config) | {"pretraining_epochs": 0, "valid_fraction": 0.0, "epsilon": 0.0}
    return type(task)(**settings).fit(train, held, progress=False)


def report(task: "TimeSeriesGAN", train: Table, held: Table | None) -> SampleReport:
    """Measure what a generator makes, and write a page of it."""
    from recurra.tasks.series_gan.report_page import page_of

    measured = measure(task, train, held)
    return SampleReport(measured.numbers(), measured.conclusion(), page_of(measured))
