"""The page of a report on made series, and the few lines of it that are printed."""

from recurra.figures import Section, Table, points
from recurra.figures.page import page
from recurra.metrics.intervals import Interval
from recurra.tasks.series_gan.report import MADE, REAL, Measured

_JUDGES = (
    "discriminative: |accuracy - 0.5| of TimeGAN's judge, a GRU of half as many units as features; 0 is best",
    "predictive: mean absolute error, on real windows, of TimeGAN's predictor of the last feature that learnt from "
    "made ones; that of one that learnt from the real ones is the best there is",
    "strong discriminative: the same as the first by two bidirectional layers, kept where they did best on series that "
    "they did not learn from",
)
_PRINTED = ("marginal distance", "autocorrelation difference")  # of the likeness
_LIKENESS = (
    "marginal distance: the largest difference of shares (Kolmogorov and Smirnov), mean over the features",
    "correlation, autocorrelation difference: mean absolute difference, over pairs of features, and over lags",
    "sliced distance: of whole windows, over random directions",
)


def page_of(measured: Measured) -> str:
    """Make the page; it ends in the conclusion."""
    sections = [
        Section("Judges", _lead(measured), _JUDGES, [_judges(measured)]),
        _likeness(measured),
        _held_out(measured),
        _copying(measured),
        _canaries(measured),
        _rules(measured),
        _planes(measured),
        Section("Conclusion", measured.conclusion()),
    ]
    return page(f"Series made by {measured.method}", sections)


def summary_of(measured: Measured) -> Table:
    """Choose what is printed: a dozen lines at most."""
    names = list(measured.judged)
    intervals = {name: judged.intervals() for name, judged in measured.judged.items()}
    held_out = measured.held_out()
    rows = [
        ["told from real (discriminative)", *(_short(intervals[name]["discriminative"]) for name in names)],
        ["the same by a stronger judge", *(_short(intervals[name]["strong discriminative"]) for name in names)],
        ["error of what learns from it (predictive)", *(_short(intervals[name]["predictive"]) for name in names)],
    ]
    if held_out:
        rows.append(["the same on held-out windows", *(_short(held_out[name]) for name in names)])
    for name in _PRINTED:
        if name in measured.likeness[MADE]:
            rows.append([name, *(f"{measured.likeness[kind][name]:.4f}" for kind in names)])
    if measured.quality:
        overall = [measured.quality.get(name, {}).get("overall") for name in names]
        rows.append(["sdmetrics quality", *("" if score is None else f"{score:.4f}" for score in overall)])
    others = [""] * (len(names) - 1)
    if measured.copying is not None:
        rows.append(["share of copies", f"{measured.copying.copies:.1%}", *others])
        rows.append(["attack on what was learnt from (AUC)", f"{measured.copying.membership:.3f}", *others])
    if measured.exposures:
        exposures = [measured.exposures.get(name) for name in names]
        cells = ["" if part is None else f"{part.given_away} of {len(part.ranks)}" for part in exposures]
        rows.append(["canaries given away", *cells])
    rows.append(["rows that break a rule", f"{measured.broken:,} of {measured.rows:,}", *others])
    return Table(["", *names], rows)


def _short(score: Interval) -> str:
    """A mean and how far its interval reaches."""
    return f"{score.mean:.4f}" + (f" ± {score.high - score.mean:.4f}" if score.count > 1 else "")


def _lead(measured: Measured) -> str:
    score, floor = (measured.judged[name].intervals()["discriminative"] for name in (MADE, REAL))
    return f"A judge tells made windows from real ones with a score of {score}; real ones from real ones, {floor}."


def _judges(measured: Measured) -> Table:
    names = list(measured.judged[MADE].scores)
    rows = []
    for kind, judged in measured.judged.items():
        intervals = judged.intervals()
        rows.append([kind, *(str(intervals[name]) for name in names)])
    return Table(["windows", *names], rows)


def _likeness(measured: Measured) -> Section:
    kinds = list(measured.likeness)
    rows = [[name, *(f"{measured.likeness[kind][name]:.4g}" for kind in kinds)] for name in measured.likeness[MADE]]
    if not measured.quality:
        lines = [
            *_LIKENESS,
            "sdmetrics' quality report is not there: pip install 'recurra[sdmetrics]' (pandas below 3)",
        ]
        return Section("Distributions", "", lines, [Table(["", *kinds], rows)])
    for score in measured.quality[MADE]:
        cells = [f"{measured.quality[kind][score]:.3f}" if kind in measured.quality else "" for kind in kinds]
        rows.append([f"sdmetrics quality, {score}", *cells])
    lines = [*_LIKENESS, "sdmetrics quality: of columns and of pairs of them, whatever the order of rows; 1 is best"]
    return Section("Distributions", "", lines, [Table(["", *kinds], rows)])


def _held_out(measured: Measured) -> Section:
    held_out = measured.held_out()
    if not held_out:
        return Section("Learning from made series", "Not measured: nothing was held out.")
    lead = "Predictors that learnt from made windows, scored on held-out ones, beside one that learnt from real ones."
    rows = [[name, str(score)] for name, score in held_out.items()]
    return Section("Learning from made series", lead, tables=[Table(["learnt from", "mean absolute error"], rows)])


def _copying(measured: Measured) -> Section:
    if measured.copying is None:
        return Section("Copying", "Not measured: nothing was held out to compare with.")
    sentence = measured.copying.sentence()
    return Section("Copying", f"{sentence[0].upper()}{sentence[1:]}.")


def _canaries(measured: Measured) -> Section:
    """Of each canary how near made windows come to it; what is more than chance stands in the lead."""
    if not measured.exposures:
        return Section("Canaries", "No canaries were planted in what was learnt from (--canaries 10 plants some).")
    made = measured.exposures[MADE]
    lead = (
        f"{made.given_away} of {len(made.ranks)} planted canaries are given away: made windows are nearer to them than "
        f"to all {made.references:,} series that were drawn alike and not planted, as to one in "
        f"{made.references + 1:,} by chance."
    )
    columns = [
        f"{kind}: {what}" for kind in measured.exposures for what in ("nearest window", "rank", "exposure, bits")
    ]
    rows = []
    for number in range(len(made.ranks)):
        cells = [str(number + 1)]
        for exposure in measured.exposures.values():
            cells += [
                f"{exposure.distances[number]:.4f}",
                f"{exposure.ranks[number]:,}",
                f"{exposure.bits[number]:.1f}",
            ]
        rows.append(cells)
    return Section("Canaries", lead, tables=[Table(["canary", *columns], rows)])


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
