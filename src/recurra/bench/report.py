"""Results as tables: on a terminal, and in Markdown."""

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table as RichTable

from recurra.bench.timing import Timing

UNITS = {"s": 1.0, "ms": 1e3, "µs": 1e6}
_RATES = {"GFLOP/s": 1e9, "tokens/s": 1.0}
WIDE = 0.15
"""Spread of calls above which something else seems to run on the machine."""


@dataclass(frozen=True)
class Row:
    """One comparison.

    Args:
        case: what was measured, by column.
        ours: our timing.
        peers: by name a timing, or the words why there is none.
        amount: operations or tokens of one call.
    """

    case: Mapping[str, str | int]
    ours: Timing
    peers: Mapping[str, Timing | str]
    amount: float = 0.0

    @property
    def gflops(self) -> float:
        """What ours reaches, in 10^9 operations a second."""
        return self.amount / self.ours.seconds / 1e9

    @property
    def spread(self) -> float:
        """The widest spread of ours and the peers."""
        return max(timing.spread for timing in (self.ours, *self.peers.values()) if isinstance(timing, Timing))

    def ratio(self, peer: str) -> float | None:
        """Peer's time over ours: above 1 we are faster. None where the peer has no time."""
        timing = self.peers.get(peer)
        return timing.seconds / self.ours.seconds if isinstance(timing, Timing) else None


@dataclass(frozen=True)
class Table:
    """Comparisons of one kind.

    Args:
        title: one line.
        rows: with the same columns each.
        unit: of the times, a name in `UNITS`.
        rate: "GFLOP/s" or "tokens/s", of our own `amount`; "" for none.
        peak: GFLOP/s that this machine reaches; 0 when not known.
        notes: sentences to stand below.
    """

    title: str
    rows: list[Row]
    unit: str = "ms"
    rate: str = ""
    peak: float = 0.0
    notes: list[str] = field(default_factory=list)

    @property
    def peers(self) -> list[str]:
        """Names of all peers, in the order in which rows name them."""
        return list(dict.fromkeys(name for row in self.rows for name in row.peers))

    def header(self) -> list[str]:
        """Names of the columns."""
        rate = [self.rate] * bool(self.rate) + ["% of peak"] * (self.rate == "GFLOP/s")
        peers = [title for name in self.peers for title in (f"{name}, {self.unit}", "ratio")]
        return [*self.rows[0].case, f"Recurra, {self.unit}", *rate, *peers, "spread", "settings"]

    def lines(self) -> list[list[str]]:
        """Cells of every row, and of a last one with the geometric means of the ratios."""
        lines = [self._line(row) for row in self.rows]
        if len(self.rows) > 1:
            blank = [""] * (len(self.header()) - 2 * len(self.peers) - 3)
            means = [text for name in self.peers for text in ("", self._mean(name))]
            lines.append(["geometric mean", *blank, *means, "", ""])
        return lines

    def _line(self, row: Row) -> list[str]:
        cells = [str(value) for value in row.case.values()]
        cells.append(self._time(row.ours))
        if self.rate:
            rate = row.amount / row.ours.seconds / _RATES[self.rate]
            cells.append(_short(rate))
            if self.rate == "GFLOP/s":
                cells.append(f"{rate / self.peak:.0%}" if self.peak else "-")
        for name in self.peers:
            ratio = row.ratio(name)
            cells += [self._time(row.peers[name]), "" if ratio is None else f"{ratio:.2f}"]
        chosen = {"Recurra": row.ours, **row.peers}
        settings = [f"{name}: {t.setting}" for name, t in chosen.items() if isinstance(t, Timing) and t.setting]
        return [*cells, f"{row.spread:.0%}", "; ".join(settings)]

    def remarks(self) -> list[str]:
        """Sentences to stand below: the notes, and a warning where calls took unequal times."""
        wide = sum(row.spread > WIDE for row in self.rows)
        if not wide:
            return self.notes
        return [
            *self.notes,
            f"Warning: in {wide} of {len(self.rows)} rows the quartiles of calls are more than {WIDE:.0%} apart: "
            "something else seems to run on this machine; measure again when it is quiet.",
        ]

    def _time(self, timing: Timing | str) -> str:
        return timing if isinstance(timing, str) else _short(timing.seconds * UNITS[self.unit])

    def _mean(self, peer: str) -> str:
        ratios = [ratio for row in self.rows if (ratio := row.ratio(peer)) is not None]
        if not ratios:
            return ""
        missing = len(self.rows) - len(ratios)
        return f"{geometric_mean(ratios):.2f}" + (f" (of {len(ratios)})" if missing else "")


def geometric_mean(ratios: list[float]) -> float:
    """Mean of ratios that does not depend on which side was divided by which."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def _short(number: float) -> str:
    """Three digits, and no fewer than those before the point."""
    digits = max(0, 2 - math.floor(math.log10(number))) if number > 0 else 0
    return f"{number:,.{min(digits, 4)}f}"


def text(table: Table) -> str:
    """Lay a table out for a terminal; elsewhere every row is one line, for grep."""
    shown = RichTable(box=None, header_style="bold", pad_edge=False, title=table.title, title_justify="left")
    for number, name in enumerate(header := table.header()):
        shown.add_column(name, justify="left" if number in (0, len(header) - 1) else "right")
    for line in table.lines():
        shown.add_row(*line)
    width = None if sys.stdout.isatty() else 10_000
    console = Console(width=width, markup=False, emoji=False, highlight=False)
    with console.capture() as captured:
        console.print(shown, *table.remarks(), sep="\n")
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def markdown(table: Table) -> str:
    """Lay a table out in Markdown, under its title."""
    header = table.header()
    rule = ["---" if number in (0, len(header) - 1) else "---:" for number in range(len(header))]
    lines = ["| " + " | ".join(line) + " |" for line in (header, rule, *table.lines())]
    return "\n".join([f"## {table.title}", "", *lines, *(f"\n{note}" for note in table.remarks())]) + "\n"
