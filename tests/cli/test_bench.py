import json

import pytest
import torch

from recurra.bench import grid, report, timing
from recurra.cli import main
from recurra.kernels import compiled


@pytest.fixture
def tiny(monkeypatch):
    """Sizes that take no time."""
    monkeypatch.setattr(grid, "QUICK", (grid.Size(2, 3, 4),))


def test_each_comparison_is_a_json_object(capsys):
    before = torch.get_num_threads()
    assert main(["bench", "--quick", "--json", "--threads=1"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    rows = [json.loads(line) for line in out.splitlines()]
    cases = [(part, cell, *size) for part in grid.PARTS for cell in grid.CELLS for size in grid.QUICK]
    assert [tuple(row[name] for name in ("part", "cell", "B", "T", "H")) for row in rows] == cases
    for row in rows:
        assert row["ratio"] == pytest.approx(row["torch_ms"] / row["recurra_ms"])
        size = grid.Size(row["B"], row["T"], row["H"])
        operations = grid.operations(row["cell"], size, row["part"] == "training")
        assert row["gflops"] == pytest.approx(operations / row["recurra_ms"] / 1e6)
        assert row["threads"] == 1
        assert row["peak_share"] is None or 0 < row["peak_share"] <= 1
        assert row["spread"] >= 0
        assert row["instruction_set"] == compiled.instruction_set()
        assert row["processor"]
    assert torch.get_num_threads() == before


def test_the_tables_show_every_part_and_cell(capsys, tiny):
    assert main(["bench", "--quick"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    machine, *tables = out.split("\n\n")
    assert machine.endswith(f"threads: {torch.get_num_threads()}")
    for table, title in zip(tables, grid.PARTS.values(), strict=True):
        first, header, *lines = table.splitlines()
        lines = [line for line in lines if not line.startswith("Warning")]
        assert first == title
        assert header.split("  ")[0] == "cell"
        assert [line.split()[0] for line in lines] == [*grid.CELLS, "geometric"]


def test_a_layer_that_disagrees_has_no_ratio(capsys, tiny, monkeypatch):
    monkeypatch.setattr(timing, "AGREE", -1.0)
    assert main(["bench", "--quick", "--json"]) == 0
    row = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (row["torch_ms"], row["ratio"]) == (None, None)
    assert row["why"].startswith("differs by")


def test_where_no_peak_is_known_the_share_is_left_open(capsys, tiny, monkeypatch):
    monkeypatch.setattr(compiled, "peak_gflops", lambda threads: 0.0)
    assert main(["bench", "--quick", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["peak_share"] is None


def test_calls_of_unequal_times_are_warned_of(capsys, tiny, monkeypatch):
    monkeypatch.setattr(report, "WIDE", -1.0)
    assert main(["bench", "--quick"]) == 0
    assert "Warning: in 3 of 3 rows the quartiles of calls are more than" in capsys.readouterr().out


def test_no_threads_are_refused(unboxed):
    assert main(["bench", "--threads=0"]) == 2
    assert "Must be >= 1" in unboxed()
