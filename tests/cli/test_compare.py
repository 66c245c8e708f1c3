import json

import pytest

from recurra.cli import main

QUICK = ("--steps", "4", "--hidden-size", "3", "--workers", "1")


def test_a_comparison_is_printed_and_written(tmp_path, capsys):
    def output_of(*arguments):
        assert main(list(map(str, arguments))) == 0
        return capsys.readouterr().out

    out, figures = tmp_path / "compare.html", tmp_path / "figures"
    arguments = ("compare", "--cells", "mlp, gru", "--task", "adding", "--lengths", "4,6", "--out", out, *QUICK)
    text = output_of(*arguments, "--figures", figures)
    assert text.startswith("adding, lengths 4, 6: mlp solved")
    assert out.read_text().startswith("<!DOCTYPE html>")
    assert (tmp_path / "compare.runs" / "adding-4-gru-seed1" / "config.json").exists()
    assert (figures / "score-against-length.svg").exists()
    numbers = json.loads(output_of(*arguments, "--json"))
    assert len(numbers["trainings"]) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "report.txt"], "report.txt: expected a report's name, which ends in .html, got '.txt'"),
        (["--lengths", "10,x"], "lengths: expected whole numbers between commas, got 'x'"),
        (["--cells", "grue"], "cells: expected some of mlp, unitary, rnn, relu, lstm, gru"),
        (["--task", "no-such.csv"], "no-such.csv: expected a file, a folder or a named data set"),
        (["--lengths", "0"], "lengths: expected a whole number of at least 1, got 0"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(arguments, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = ["compare", *([] if "--out" in arguments else ["--out", "compare.html"]), *arguments]
    assert main(given) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"recurra: {message}")
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())
