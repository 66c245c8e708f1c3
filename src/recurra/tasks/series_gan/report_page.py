"""The page of a report on made series."""

import math
from collections.abc import Mapping

from recurra.figures import Section, Table, points
from recurra.figures.page import page
from recurra.metrics.intervals import Interval
from recurra.tasks.series_gan.report import Measured

_JUDGES = (
    "discriminative: |accuracy - 0.5| of TimeGAN's judge, a GRU of half as many units as features; 0 is best",
    "predictive: mean absolute error, on real windows, of TimeGAN's predictor of the last feature that learnt from "
    "made ones; the value of real beside real is the best there is",
    "strong discriminative: the same as the first by two bidirectional layers, kept where they did best on series that "
    "they did not learn from",
)


def page_of(measured: Measured) -> str:
    """Make the page; it ends in the conclusion."""
    sections = [
        Section("Judges", _lead(measured), _JUDGES, [_judges(measured)]),
        _likeness(measured),
        _useful(measured),
        _copying(measured),
        _rules(measured),
        _planes(measured),
        Section("Conclusion", measured.conclusion()),
    ]
    return page(f"Series made by {measured.method}", sections)


def _lead(measured: Measured) -> str:
    score = measured.made.intervals()["discriminative"]
    floor = measured.floor.intervals()["discriminative"]
    return f"A judge tells made windows from real ones with a score of {score}; real ones from real ones, {floor}."


def _judges(measured: Measured) -> Table:
    kinds = {"made": measured.made, "real beside real": measured.floor}
    if measured.baseline is not None:
        kinds["likelihood model"] = measured.baseline
    names = list(measured.made.scores)
    rows = []
    for kind, judged in kinds.items():
        intervals = judged.intervals()
        rows.append([kind, *(str(intervals[name]) for name in names)])
    return Table(["windows", *names], rows)


def _likeness(measured: Measured) -> Section:
    rows = [
        [name, f"{value:.4g}", f"{measured.floor_likeness.get(name, math.nan):.4g}"]
        for name, value in measured.likeness.items()
    ]
    quality = "not installed" if math.isnan(measured.quality) else f"{measured.quality:.3f} of 1"
    lines = [
        "marginal distance: the largest difference of shares (Kolmogorov and Smirnov), mean over the features",
        "correlation, autocorrelation difference: mean absolute difference, over pairs of features, and over lags",
        "sliced distance: of whole windows, over random directions",
        f"quality score of sdmetrics, which does not look at the order of rows: {quality}",
    ]
    return Section("Distributions", "", lines, [Table(["", "made", "real beside real"], rows)])


def _useful(measured: Measured) -> Section:
    if not measured.useful:
        return Section("Learning from made series", "Not measured: nothing was held out.")
    lead = "A predictor that learns from made windows, scored on held-out ones, beside one that learns from real ones."
    return Section("Learning from made series", lead, tables=[_table(measured.useful, "mean absolute error")])


def _table(intervals: Mapping[str, Interval], name: str) -> Table:
    return Table(["", name], [[key, str(value)] for key, value in intervals.items()])


def _copying(measured: Measured) -> Section:
    if measured.copying is None:
        return Section("Copying", "Not measured: nothing was held out to compare with.")
    sentence = measured.copying.sentence()
    return Section("Copying", f"{sentence[0].upper()}{sentence[1:]}.")


def _rules(measured: Measured) -> Section:
    return Section("Rules", f"{measured.broken:,} of {measured.rows:,} made rows break a rule.")


def _planes(measured: Measured) -> Section:
    figures = {
        name: (
            points(groups, "first", "second", name),
            f"Real and made windows by {name}: they should cover each other.",
        )
        for name, groups in measured.planes.items()
    }
    return Section("Pictures", figures=figures)
