"""Tables through the commands: what is read is said, and read alike later."""

import json

import pytest

from recurra.cli import main

QUICK = ["--hidden-size=8", "--epochs=15", "--batch-size=8", "--threads=1", "--warmup-steps=0", "--learning-rate=0.02"]


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """A table of steps; one of its columns tells the class."""
    path = tmp_path_factory.mktemp("tables") / "steps.csv"
    rows = [f"{i},{t},{(i * 7 + t * 3) % 5},{i % 2},{'ab'[i % 2]}" for i in range(24) for t in range(3)]
    path.write_text("\n".join(["who,beat,u,v,kind", *rows]) + "\n")
    return path


@pytest.fixture(scope="module")
def run(steps):
    out = steps.with_name("run")
    names = ["--label=kind", "--group=who", "--time=beat"]
    assert main(["train", "classifier", str(steps), "--out", str(out), *names, *QUICK]) == 0
    return out


def test_the_columns_are_said_at_the_start(steps, tmp_path, capsys):
    command = ["train", "classifier", str(steps), "--out", str(tmp_path / "run"), "--label=kind", "--group=who"]
    assert main([*command, "--ignore=beat", *QUICK]) == 0
    said = "label: column 'kind'; features: u, v; sequence: column 'who'; left out: 'beat' (as asked)"
    assert said in capsys.readouterr().err.splitlines()
    assert main([*command[:5], *QUICK, "--overwrite"]) == 2
    assert f"{steps}:1: expected a column label, class or target, or --label NAME, got who," in capsys.readouterr().err


def test_columns_are_found_by_name_later(run, steps, tmp_path, capsys):
    shuffled = tmp_path / "new.csv"
    shuffled.write_text("v,who,more,u,beat\n1,x,?,3,2\n1,x,?,2,1\n0,y,?,2,1\n")
    assert main(["predict", str(run), str(shuffled)]) == 0
    assert [line.split("\t")[:2] for line in capsys.readouterr().out.splitlines()] == [["x", "b"], ["y", "a"]]
    shuffled.write_text("v,who,beat\n1,x,2\n")
    assert main(["predict", str(run), str(shuffled)]) == 2
    assert "new.csv:1: expected the columns of the training, got none named u" in capsys.readouterr().err
    assert main(["evaluate", str(run), str(shuffled)]) == 2
    assert "got none named u, kind" in capsys.readouterr().err


def test_several_files_are_scored_as_one(run, steps, tmp_path, capsys):
    half = tmp_path / "half.csv"
    half.write_text("kind,v,u,beat,who\nb,0,1,1,x\n")
    assert main(["evaluate", str(run), str(steps), str(half), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] == pytest.approx(24 / 25)


def test_a_text_of_several_lines_is_answered_in_one(tmp_path, capsys):
    table = tmp_path / "texts.csv"
    table.write_text("id,text,label\n" + "".join(f'{i},"line {i}\nand\tmore",{"ab"[i % 2]}\n' for i in range(12)))
    command = ["train", "classifier", str(table), "--out", str(tmp_path / "run"), *QUICK]
    assert main(command) == 0
    assert "text: column 'text'; left out: 'id' (a row is a text)" in capsys.readouterr().err
    assert main(["predict", str(tmp_path / "run"), str(table)]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 12
    assert {row.count("\t") for row in rows} == {2}


@pytest.mark.parametrize("cell", ["n/a", "1_0", "１０", "inf"])
def test_a_target_that_is_no_number_is_named_with_its_line(tmp_path, capsys, cell):
    table = tmp_path / "targets.csv"
    table.write_text(f"u,v,target\n1,2,0.5\n2,3,{cell}\n3,4,1.5\n", encoding="utf-8")
    assert main(["train", "regressor", str(table), "--out", str(tmp_path / "run"), *QUICK]) == 2
    said = capsys.readouterr().err
    assert f"{table}:3: expected a " in said
    assert said.endswith(f"as the answer, got '{cell}'\n")


def test_a_table_is_read_from_standard_input_too(run, steps, standard_input, capsys):
    assert main(["predict", str(run), str(steps)]) == 0
    of_file = capsys.readouterr().out
    standard_input(b"\xef\xbb\xbf\n" + steps.read_bytes())
    assert main(["predict", str(run), "-"]) == 0
    assert capsys.readouterr().out == of_file
    standard_input(b'{"x": [[1, 0], [2, 0]]}\n')
    assert main(["predict", str(run)]) == 0
    assert capsys.readouterr().out.startswith("standard input:1\t")
    standard_input(b"who,beat,u,v\nx,1,2,3\nx,2,two,3\n")
    assert main(["predict", str(run)]) == 2
    assert capsys.readouterr().err.startswith("recurra: standard input:3: expected a number in column 'u', got 'two'")


def test_what_standard_input_takes_is_said(run, tmp_path, standard_input, capsys):
    standard_input(b'{"x": [[1, 0], [2, 0]]}\n1,2,3\n')
    assert main(["predict", str(run)]) == 2
    told = capsys.readouterr()
    assert told.out.startswith("standard input:1\t")
    assert told.err.endswith('; standard input takes JSON lines, such as {"x": [1, 2]}, or a CSV file with a header\n')
    series = tmp_path / "series.ts"
    series.write_text("@classLabel true\n@data\n1,2:a\n2,3:b\n")
    assert main(["train", "classifier", str(series), "--out", str(tmp_path / "series"), *QUICK]) == 0
    capsys.readouterr()
    standard_input(b"1,2\n")
    assert main(["predict", str(tmp_path / "series"), "-"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("recurra: standard input:1: expected a JSON object")
    assert err.endswith('; standard input takes JSON lines, such as {"x": [1, 2]}\n')
