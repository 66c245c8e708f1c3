import json
import os
import subprocess
import sys

import pytest

import recurra
from recurra.cli import main
from recurra.data.sources.catalogue import NAMED
from recurra.data.sources.named import fetch


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    """No data anywhere."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("RECURRA_DATA", raising=False)


def _rows(capsys, *command: str) -> list[dict]:
    assert main([*command, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return [json.loads(line) for line in out.splitlines()]


def _place(folder) -> None:
    """Put files of the right names where the data set tinyshakespeare is looked for."""
    (folder / "tinyshakespeare").mkdir(parents=True)
    (folder / "tinyshakespeare" / "input.txt").write_text("To be")


def test_data_that_are_not_here_say_how_they_come(capsys):
    rows = {row["name"]: row for row in _rows(capsys, "data")}
    assert list(rows) == list(NAMED)
    assert rows["python-docs"]["found"] == "made when used"
    assert rows["tinyshakespeare"]["found"] == rows["ptb_lm"]["found"] == "downloaded when used"
    assert all(row["about"] == NAMED[name].about and row["job"] == NAMED[name].job for name, row in rows.items())


def test_data_that_are_here_say_where(capsys, tmp_path, monkeypatch):
    fetch("python-docs")
    _place(tmp_path / "shared")
    monkeypatch.setenv("RECURRA_DATA", str(tmp_path / "shared"))
    found = {row["name"]: row["found"] for row in _rows(capsys, "data")}
    assert found["python-docs"] == str(tmp_path / "cache" / "recurra" / "data" / "python-docs")
    assert found["tinyshakespeare"] == str(tmp_path / "shared" / "tinyshakespeare")
    assert found["ptb_lm"] == "downloaded when used"


def test_the_table_has_a_line_for_each_data_set_with_its_whole_path(capsys, tmp_path, monkeypatch):
    shared = tmp_path / "a folder of a long name [red] :smile:" / ("deep" * 20)
    _place(shared)
    monkeypatch.setenv("RECURRA_DATA", str(shared))
    assert main(["data"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["name", "job", "about", "found"]
    assert [line.split()[0] for line in lines] == list(NAMED)
    assert lines[list(NAMED).index("tinyshakespeare")].rstrip().endswith(str(shared / "tinyshakespeare"))


def test_a_narrow_terminal_folds_a_path_and_loses_nothing(capsys, tmp_path, monkeypatch):
    _place(tmp_path)
    monkeypatch.setenv("RECURRA_DATA", str(tmp_path))
    monkeypatch.setenv("TERM", "dumb")  # 80 columns, no colours
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["data"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    column = lines[0].index("found")
    assert str(tmp_path / "tinyshakespeare") in "".join(line[column:].rstrip() for line in lines)


def test_doctor_tells_what_is_here(capsys, tmp_path):
    import torch

    facts = {row["what"]: row["here"] for row in _rows(capsys, "doctor")}
    assert facts["recurra"] == recurra.__version__
    assert facts["torch"] == torch.__version__
    assert f"{os.cpu_count()} cores" in facts["processor"]
    assert facts["threads"].startswith(str(torch.get_num_threads()))
    assert facts["data"].startswith("RECURRA_DATA is not set")
    assert facts["cache"] == str(tmp_path / "cache" / "recurra")
    assert {"python", "gpu", "bf16", "recurrence"} < set(facts)


def test_doctor_tells_which_kernels_run_and_why(capsys, monkeypatch):
    from recurra.kernels import compiled

    def fact(name):
        return {row["what"]: row["here"] for row in _rows(capsys, "doctor")}[name]

    if compiled.enabled():
        assert fact("kernels").startswith(f"{compiled.instruction_set()} (")
        assert fact("recurrence").startswith("fused, on compiled kernels, for rnn")
    monkeypatch.setattr(compiled, "_loaded", None)
    monkeypatch.setattr(compiled, "_reason", "turned off for this test")
    assert fact("kernels") == "none: turned off for this test"
    assert fact("recurrence").startswith("native, on PyTorch's own functions, for rnn")


def test_the_kernels_run_on_pytorchs_threads_with_no_pool_of_their_own():
    from recurra.kernels import compiled

    if not compiled.enabled():
        pytest.skip(compiled.why_not())
    command = [sys.executable, "-m", "recurra", "doctor", "--json"]  # scikit-learn, which tests import, has its own
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    (openmp,) = [row["here"] for row in map(json.loads, lines) if row["what"] == "openmp"]
    assert openmp.count("omp") == 1


def test_doctor_shows_the_same_as_a_table(capsys, monkeypatch):
    monkeypatch.setenv("RECURRA_DATA", "somewhere/data")
    facts = _rows(capsys, "doctor")
    assert main(["doctor"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["what", "here"]
    assert [line.split() for line in lines] == [[fact["what"], *fact["here"].split()] for fact in facts]
    assert any("somewhere/data" in line for line in lines)


def test_cleaning_removes_the_numbers_of_texts_and_keeps_data_sets(capsys, tmp_path):
    fetch("python-docs")
    tokens = tmp_path / "cache" / "recurra" / "tokens"
    tokens.mkdir()
    (tokens / "a.bin").write_bytes(bytes(1_500_000))
    assert "1.5 MB of at most 4,295.0 MB (RECURRA_CACHE_SIZE)" in str(_rows(capsys, "doctor"))
    assert main(["data", "--clean"]) == 0
    assert capsys.readouterr().out == f"removed the numbers of 1 text, 1.5 MB, from {tokens}\n"
    assert list(tokens.iterdir()) == []
    assert (tmp_path / "cache" / "recurra" / "data" / "python-docs" / "topics.txt").exists()
