"""The report of a generator of series: is what it makes real to judges, useful, new, and was its game worth it."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recurra.data.tables.table import Table
from recurra.metrics.intervals import Interval, interval
from recurra.tasks.series_gan.baseline import likelihood_model
from recurra.tasks.series_gan.canaries import Canaries, Exposure
from recurra.tasks.series_gan.copying import Copying, measure_copying
from recurra.tasks.series_gan.evaluation import Judged, Judges, as_many, halves, likeness, sampled_length, windows_of
from recurra.tasks.series_gan.projections import projections
from recurra.tasks.series_gan.quality import quality_scores
from recurra.tasks.series_gan.windows import Windows
from recurra.training.sampler import SampleReport

if TYPE_CHECKING:
    from recurra.tasks.series_gan.task import TimeSeriesGAN

SEEDS = (0, 1, 2, 3, 4)
"""Of the judges."""
MADE, LIKELIHOOD, REAL = "made", "likelihood model", "real beside real"
"""What is looked at: what the run makes, what the likelihood model of the same data makes, and real windows."""
_CHOSEN_BY = "discriminative"  # the score by which the game is judged


@dataclass(frozen=True)
class Measured:
    """All that was measured.

    Attributes:
        method: of the run.
        judged: what judges found, by what they looked at; without `LIKELIHOOD` where the run is one.
        likeness: see `evaluation.likeness`, by what was looked at.
        copying: None where nothing is held out.
        exposures: of the canaries, by what was looked at; empty where none were planted.
        quality: scores of sdmetrics, by what was looked at; empty where it is not installed.
        rows, broken: made rows, and how many of them break a rule.
        planes: projections of real and made windows, by name.
        sizes: windows by what they are.
    """

    method: str
    judged: dict[str, Judged]
    likeness: dict[str, dict[str, float]] = field(default_factory=dict)
    copying: Copying | None = None
    exposures: dict[str, Exposure] = field(default_factory=dict)
    quality: dict[str, dict[str, float]] = field(default_factory=dict)
    rows: int = 0
    broken: int = 0
    planes: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def conclusion(self) -> str:
        """The sentence that says whether the adversarial part beats the likelihood model."""
        if LIKELIHOOD not in self.judged:
            return "This run is the likelihood model itself: there is no adversarial part to compare with it."
        above = self.judged[MADE].less(self.judged[LIKELIHOOD], _CHOSEN_BY)
        where = f"(difference of the discriminative scores {above}, {above.count} judge seeds, 95%; below 0 is better)"
        if above.high < 0:
            return f"The adversarial part beats the likelihood model of the same data {where}."
        if above.low > 0:
            return f"The adversarial part does not beat the likelihood model of the same data; it is worse {where}."
        return f"The adversarial part does not beat the likelihood model of the same data beyond chance {where}."

    def held_out(self) -> dict[str, Interval]:
        """The predictive score on held-out windows, by what was learnt from; empty where nothing is held out."""
        return {name: interval(judged.held_out) for name, judged in self.judged.items() if judged.held_out}

    def numbers(self) -> dict[str, Any]:
        """All numbers by name, as JSON holds them."""
        return {
            "method": self.method,
            "judges": {name: _intervals(judged.intervals()) for name, judged in self.judged.items()},
            "judge_seeds": {name: judged.scores for name, judged in self.judged.items()},
            "predictive on held-out windows": _intervals(self.held_out()),
            "likeness": self.likeness,
            "copying": None if self.copying is None else asdict(self.copying),
            "canaries": {name: _canaries(exposure) for name, exposure in self.exposures.items()},
            "sdmetrics quality": self.quality,
            "rules": {"rows": self.rows, "violations": self.broken},
            "windows": self.sizes,
        }


def _canaries(exposure: Exposure) -> dict[str, Any]:
    counts = {"planted": len(exposure.ranks), "given_away": exposure.given_away}
    return counts | asdict(exposure) | {"exposure_bits": exposure.bits}


def _intervals(intervals: dict[str, Interval]) -> dict[str, Any]:
    return {name: part.to_json() for name, part in intervals.items()}


def measure(
    task: "TimeSeriesGAN", train: Table, held: Table | None, judges: Judges, folder: Path | None = None
) -> Measured:
    """Measure what a generator makes.

    Args:
        task: fitted.
        train, held: what was learnt from, and what was held out.
        judges: that look at it.
        folder: of the run; see `likelihood_model`.
    """
    encoding, window, stride = task.encoding, task.window_, task.config.stride
    real = windows_of(train, encoding, window, stride)
    held_windows = None if held is None else windows_of(held, encoding, window, stride)
    if held_windows is not None and len(held_windows) < 2:
        held_windows = None
    generators = {MADE: task}
    if task.config.method != "likelihood":
        generators[LIKELIHOOD] = likelihood_model(task, train, held, folder)
    made = {name: Made.by(generator, len(real)) for name, generator in generators.items()}
    windows = {name: part.windows for name, part in made.items()}
    judged = {name: judges.judge(real, part, held_windows) for name, part in windows.items()}
    likenesses = {name: likeness(real, part) for name, part in windows.items()}
    quality = {name: quality_scores(train, part.table) for name, part in made.items()}
    exposures = {}
    if task.canaries_ is not None:
        exposures = {name: _exposure(task.canaries_, generators[name], part.steps) for name, part in windows.items()}
    return Measured(
        task.config.method,
        judged | {REAL: judges.floor(real, held_windows)},
        likenesses | {REAL: likeness(*halves(real, seed=0))},
        copying=None if held_windows is None else measure_copying(real.steps, held_windows.steps, windows[MADE].steps),
        exposures=exposures,
        quality={name: scores for name, scores in quality.items() if scores},
        rows=len(made[MADE].table.cells),
        broken=sum(int(rule.violations(made[MADE].table).sum()) for rule in encoding.rules),
        planes=projections({"real": real.steps, "made": windows[MADE].steps}),
        sizes=_sizes({"real": real, "made": windows[MADE], "held out": held_windows}),
    )


def _sizes(windows: dict[str, Windows | None]) -> dict[str, int]:
    return {name: 0 if part is None else len(part) for name, part in windows.items()}


def _exposure(canaries: Canaries, generator: "TimeSeriesGAN", made: np.ndarray) -> Exposure:
    """How far a generator gives canaries away: in made windows (N, T, F), and in as many that begin a series."""
    features = generator.encoding.step_features
    length = generator.window_ if generator.is_single else None
    begun = windows_of(generator.sample(len(made), length=length, seed=2), generator.encoding, generator.window_)
    return canaries.exposure(np.concatenate([made, begun.steps]), features, generator.config.seed)


@dataclass(frozen=True)
class Made:
    """What a generator makes: a table, and windows of it."""

    table: Table
    windows: Windows

    @classmethod
    def by(cls, task: "TimeSeriesGAN", count: int) -> "Made":
        """Make so many windows, which share no row where they are cut from one series."""
        window = task.window_
        length = sampled_length(window, task.network is not None and task.network.continues, task.is_single)
        if length is None or length <= window:
            table = task.sample(count, length=length, seed=1)
            windows = windows_of(table, task.encoding, window)
        else:
            table = task.sample(max(1, -(-count * window // length)), length=length, seed=1)
            windows = windows_of(table, task.encoding, window, window)
        return cls(table, as_many(windows, count, seed=0))


def report(task: "TimeSeriesGAN", train: Table, held: Table | None, folder: Path | None = None) -> SampleReport:
    """Measure what a generator makes, and write a page of it; see `Sampler.report`."""
    from recurra.tasks.series_gan.report_page import page_of, summary_of

    measured = measure(task, train, held, Judges(SEEDS), folder)
    return SampleReport(measured.numbers(), measured.conclusion(), page_of(measured), summary_of(measured))
