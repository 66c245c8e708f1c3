"""What is measured of made series: by judges over several seeds, and by numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recurra.data.tables.cutting import WindowIndex
from recurra.data.tables.encoding import TableEncoding
from recurra.data.tables.table import Table
from recurra.metrics.intervals import Interval, difference, interval
from recurra.metrics.series import autocorrelations, correlations, marginal_distances, sliced_distance
from recurra.tasks.series_gan.judges import discriminative_scores, predictive_scores
from recurra.tasks.series_gan.strong_judge import strong_discriminative_scores
from recurra.tasks.series_gan.windows import Windows

MOST_WINDOWS = 4000  # that are judged
_LAGS = 10
_WINDOWS_LONG = 8  # length of made series that go on, in windows


@dataclass(frozen=True)
class Judged:
    """Scores of judges.

    Attributes:
        scores: by the name of the judge, one a seed.
        held_out: the predictive score on held-out windows, one a seed; empty where none are held out.
    """

    scores: dict[str, list[float]]
    held_out: list[float] = field(default_factory=list)

    def intervals(self) -> dict[str, Interval]:
        """Means and intervals over the seeds, by name."""
        return {name: interval(scores) for name, scores in self.scores.items()}

    def less(self, other: "Judged", name: str) -> Interval:
        """By how much a score is above that of another, seed by seed."""
        return difference(self.scores[name], other.scores[name])


@dataclass(frozen=True)
class Judges:
    """The judges of a report.

    Attributes:
        seeds: of them.
        iterations: of a judge by name, in the place of its own; fewer for a quick look.
    """

    seeds: Sequence[int]
    iterations: Mapping[str, int] = field(default_factory=dict)

    def judge(self, real: Windows, made: Windows, held: Windows | None) -> Judged:
        """Let every judge look at made windows.

        Args:
            real: windows that were learnt from.
            made: windows to be told from these, and to learn from.
            held: real windows that were held out; None where none are.
        """
        return self._judge(real, made, made, [real] if held is None else [real, held])

    def floor(self, real: Windows, held: Windows | None) -> Judged:
        """Let every judge look at real windows as if they were made: the best scores that there can be.

        Half of them are told from the other half; what predicts learns from all of them, as in TimeGAN.
        """
        first, second = halves(real, seed=0)
        return self._judge(first, second, real, [real] if held is None else [real, held])

    def _judge(self, real: Windows, told: Windows, source: Windows, predicted: list[Windows]) -> Judged:
        def chosen(name: str) -> dict[str, int]:
            return {"iterations": self.iterations[name]} if name in self.iterations else {}

        on_real, *on_held = predictive_scores(source, predicted, self.seeds, **chosen("predictive"))
        scores = {
            "discriminative": discriminative_scores(real, told, self.seeds, **chosen("discriminative")),
            "predictive": on_real,
            "strong discriminative": strong_discriminative_scores(
                real, told, self.seeds, **chosen("strong discriminative")
            ),
        }
        return Judged(scores, on_held[0] if on_held else [])


def likeness(real: Windows, made: Windows) -> dict[str, float]:
    """Measure without a network how far made windows are from real ones; each number is 0 for the same distribution."""
    first, second = _rows(real), _rows(made)
    full = [_full(real), _full(made)]
    lags = min(_LAGS, real.steps.shape[1] - 1)
    measured = {
        "marginal distance": float(marginal_distances(first, second).mean()),
        "correlation difference": float(np.abs(correlations(first) - correlations(second)).mean()),
        "sliced distance": sliced_distance(full[0], full[1]),
    }
    if lags > 0:
        curves = [autocorrelations(windows, lags) for windows in full]
        measured["autocorrelation difference"] = float(np.abs(curves[0] - curves[1]).mean())
    return measured


def _rows(windows: Windows) -> np.ndarray:
    """All rows that are no padding, (R, F)."""
    inside = np.arange(windows.steps.shape[1]) < windows.lengths[:, None]
    rows: np.ndarray = windows.steps[inside]
    return rows


def _full(windows: Windows) -> np.ndarray:
    """The windows without padding, (N, T, F); all of them where none is."""
    full = windows.lengths == windows.steps.shape[1]
    steps: np.ndarray = windows.steps[full] if full.any() else windows.steps
    return steps


def windows_of(table: Table, encoding: TableEncoding, window: int, stride: int = 1) -> Windows:
    """Cut a table into windows, at most `MOST_WINDOWS` that are spread evenly."""
    index = WindowIndex.cut(encoding.encode_cells(table).steps, window, stride)
    count = min(MOST_WINDOWS, len(index))
    chosen = np.unique(np.linspace(0, len(index) - 1, count).astype(np.int64))
    steps, lengths = index.gather(chosen)
    return Windows(_padded(steps, window), lengths)


def _padded(steps: np.ndarray, window: int) -> np.ndarray:
    return np.pad(steps, ((0, 0), (0, max(0, window - steps.shape[1])), (0, 0)))


def as_many(windows: Windows, count: int, seed: int) -> Windows:
    """Take so many windows at random, where there are more."""
    if len(windows) <= count:
        return windows
    return windows.select(np.random.default_rng(seed).choice(len(windows), count, replace=False))


def halves(windows: Windows, seed: int) -> tuple[Windows, Windows]:
    """Divide windows at random, to compare real ones with real ones."""
    shuffled = np.random.default_rng(seed).permutation(len(windows))
    middle = len(windows) // 2
    return windows.select(shuffled[:middle]), windows.select(shuffled[middle:])


def sampled_length(window: int, continues: bool, is_single: bool) -> int | None:
    """The rows of the series that are made to be judged: of one long series several windows that go on, if they do."""
    if not is_single:
        return None
    return window * (_WINDOWS_LONG if continues else 1)
