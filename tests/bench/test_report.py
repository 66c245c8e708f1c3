import math

import pytest

from recurra.bench.report import Row, Table, geometric_mean, markdown, text
from recurra.bench.timing import Timing


@pytest.fixture
def table() -> Table:
    rows = [
        Row(
            {"cell": "GRU", "B": 1},
            Timing(0.002, "1 thread", 0.02),
            {"torch": Timing(0.004, spread=0.1), "other": "not installed"},
            4e8,
        ),
        Row(
            {"cell": "LSTM", "B": 32}, Timing(0.0123456), {"torch": Timing(0.1, "2 threads"), "other": Timing(0.00617)}
        ),
    ]
    return Table("Forward", rows, rate="GFLOP/s", peak=400.0, notes=["A note [red] :smile:."])


def test_the_ratio_is_the_peers_time_over_ours(table):
    assert table.rows[0].ratio("torch") == pytest.approx(2)
    assert table.rows[1].ratio("other") == pytest.approx(0.5, abs=1e-3)
    assert table.rows[0].ratio("other") is None
    assert table.rows[0].ratio("never heard of") is None


def test_every_cell_is_there(table):
    header = [
        "cell",
        "B",
        "Recurra, ms",
        "GFLOP/s",
        "% of peak",
        "torch, ms",
        "ratio",
        "other, ms",
        "ratio",
        "spread",
        "settings",
    ]
    assert table.header() == header
    assert table.lines() == [
        ["GRU", "1", "2.00", "200", "50%", "4.00", "2.00", "not installed", "", "10%", "Recurra: 1 thread"],
        ["LSTM", "32", "12.3", "0", "0%", "100", "8.10", "6.17", "0.50", "0%", "torch: 2 threads"],
        ["geometric mean", "", "", "", "", "", "4.02", "", "0.50 (of 1)", "", ""],
    ]


def test_one_row_has_no_mean_and_an_unknown_peak_is_a_dash(table):
    alone = Table("Forward", table.rows[:1], rate="GFLOP/s")
    shown = ["GRU", "1", "2.00", "200", "-", "4.00", "2.00", "not installed", "", "10%", "Recurra: 1 thread"]
    assert alone.lines() == [shown]


def test_a_peer_that_is_nowhere_has_no_mean(table):
    rows = [Row({"cell": cell}, Timing(1.0), {"other": "not installed"}) for cell in ("GRU", "LSTM")]
    assert Table("Forward", rows).lines()[-1] == ["geometric mean", "", "", "", "", ""]


@pytest.mark.parametrize(
    ("unit", "seconds", "shown"),
    [
        ("s", 1234.5, "1,234"),
        ("s", 9.876, "9.88"),
        ("ms", 0.00012345, "0.123"),
        ("µs", 0.000012345, "12.3"),
        ("ms", 1e-9, "0.0000"),
    ],
)
def test_times_have_three_digits(unit, seconds, shown):
    table = Table("", [Row({"cell": "GRU"}, Timing(seconds), {})], unit=unit)
    assert table.lines() == [["GRU", shown, "0%", ""]]


def test_tokens_per_second_are_ours():
    table = Table("", [Row({"cell": "GRU"}, Timing(0.5), {"loop": Timing(1.0)}, 1000)], unit="s", rate="tokens/s")
    assert table.header() == ["cell", "Recurra, s", "tokens/s", "loop, s", "ratio", "spread", "settings"]
    assert table.lines() == [["GRU", "0.500", "2,000", "1.00", "2.00", "0%", ""]]


def test_the_geometric_mean_does_not_care_who_divides():
    ratios = [0.5, 3.0, 4.0]
    assert geometric_mean(ratios) == pytest.approx(math.prod(ratios) ** (1 / 3))
    assert geometric_mean([1 / ratio for ratio in ratios]) == pytest.approx(1 / geometric_mean(ratios))


def test_text_has_a_line_for_each_row(table):
    title, header, *lines, mean, note = text(table).splitlines()
    assert title == "Forward"
    assert header.split()[:3] == ["cell", "B", "Recurra,"]
    assert [line.split()[0] for line in lines] == ["GRU", "LSTM"]
    assert mean.split() == ["geometric", "mean", "4.02", "0.50", "(of", "1)"]
    assert note == "A note [red] :smile:."
    assert not any(line.endswith(" ") for line in lines)


def test_calls_that_took_unequal_times_are_warned_of_below(table):
    rows = [
        *table.rows,
        Row({"cell": "RNN", "B": 1}, Timing(0.002), {"torch": Timing(0.004, spread=0.3), "other": "no"}),
    ]
    noisy = Table("Forward", rows, notes=table.notes)
    assert table.remarks() == table.notes
    assert noisy.remarks()[0] == table.notes[0]
    assert noisy.remarks()[1].startswith("Warning: in 1 of 3 rows the quartiles of calls are more than 15% apart")
    assert text(noisy).splitlines()[-1] == noisy.remarks()[1]
    assert noisy.remarks()[1] in markdown(noisy)


def test_markdown_is_a_table_under_its_title(table):
    title, empty, header, rule, *lines, blank, note = markdown(table).splitlines()
    assert (title, empty, blank, note) == ("## Forward", "", "", "A note [red] :smile:.")
    assert [cell.strip() for cell in header.strip("|").split("|")] == table.header()
    assert rule.strip("| ").split(" | ") == ["---", *["---:"] * 9, "---"]
    assert [[cell.strip() for cell in line[2:-2].split("|")] for line in lines] == table.lines()
    assert markdown(table).endswith(".\n")
