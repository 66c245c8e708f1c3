import pytest

from recurra.cli import main
from recurra.data.sources.catalogue import NAMED
from recurra.data.sources.named import fetch

pytestmark = pytest.mark.usefixtures("no_data")


def _place(folder) -> None:
    """Put files of the right names where the data set tinyshakespeare is looked for."""
    (folder / "tinyshakespeare").mkdir(parents=True)
    (folder / "tinyshakespeare" / "input.txt").write_text("To be")


def test_data_that_are_not_here_say_how_they_come(rows_of):
    rows = {row["name"]: row for row in rows_of("data")}
    assert list(rows) == list(NAMED)
    assert rows["python-docs"]["found"] == "made when used"
    assert rows["tinyshakespeare"]["found"] == rows["ptb_lm"]["found"] == "downloaded when used"
    assert all(row["about"] == NAMED[name].about and row["job"] == NAMED[name].job for name, row in rows.items())


def test_data_that_are_here_say_where(rows_of, tmp_path, monkeypatch):
    fetch("python-docs")
    _place(tmp_path / "shared")
    monkeypatch.setenv("RECURRA_DATA", str(tmp_path / "shared"))
    found = {row["name"]: row["found"] for row in rows_of("data")}
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


def test_cleaning_removes_what_was_made_and_keeps_data_sets(capsys, rows_of, tmp_path):
    fetch("python-docs")
    tokens = tmp_path / "cache" / "recurra" / "tokens"
    tokens.mkdir()
    (tokens / "a.bin").write_bytes(bytes(1_500_000))
    assert "1.5 MB of at most 4,295.0 MB (RECURRA_CACHE_SIZE)" in str(rows_of("doctor"))
    assert main(["data", "--clean"]) == 0
    assert capsys.readouterr().out == f"removed what was made of 1 text or video, 1.5 MB, from {tokens.parent}\n"
    assert list(tokens.iterdir()) == []
    assert (tmp_path / "cache" / "recurra" / "data" / "python-docs" / "topics.txt").exists()
