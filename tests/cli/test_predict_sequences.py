import csv
import json
import subprocess
import sys

import pytest

from recurra import SequenceClassifier, SequenceRegressor
from recurra.cli import main

SMALL = {"hidden_size": 8, "epochs": 3, "batch_size": 8, "threads": 1, "warmup_steps": 0, "learning_rate": 0.02}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("predict")
    names = ["anna", "berta", "clara", "otto", "hugo", "bruno"] * 5
    SequenceClassifier(**SMALL | {"epochs": 40}).fit(names, [name[-1] for name in names], out=folder / "names")
    return folder / "names"


def test_a_file_of_texts_gives_a_line_each(run, tmp_path, capsys):
    (tmp_path / "names.txt").write_text("maria\npaulo\n")
    assert main(["predict", str(run), str(tmp_path / "names.txt")]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[:2] for line in lines] == [["maria", "a"], ["paulo", "o"]]
    assert all(0.5 <= float(line[2]) <= 1 for line in lines)


def test_it_is_a_filter_on_standard_input(run):
    command = [sys.executable, "-m", "recurra", "predict", str(run), "-", "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        for name in ("maria", "paulo"):  # each is answered before the next is known
            process.stdin.write(name + "\n")
            process.stdin.flush()
            record = json.loads(process.stdout.readline())
            assert (record["input"], record["answer"]) == (name, name[-1])
            assert sum(record["probabilities"].values()) == pytest.approx(1)
        process.stdin.close()
        assert process.wait() == 0


def test_numbers_are_predicted_from_json_lines(tmp_path, capsys):
    file = tmp_path / "data.jsonl"
    file.write_text("".join(json.dumps({"x": [n, n + 1], "label": n / 2}) + "\n" for n in range(20)))
    assert main(["train", "regressor", str(file), "--out", str(tmp_path / "run"), "--epochs", "1"]) == 0
    assert main(["predict", str(tmp_path / "run"), str(file), "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(records) == 20
    assert all(isinstance(record["answer"], float) for record in records)
    assert main(["evaluate", str(tmp_path / "run"), str(file)]) == 0
    assert "r2" in capsys.readouterr().out
    assert SequenceRegressor(epochs=1).fit(str(file), progress=False).score(str(file)) <= 1


def test_a_classifier_is_scored_with_table_and_picture(run, tmp_path, capsys):
    (tmp_path / "more.tsv").write_text("a\tmaria\no\tpaulo\n")
    picture = tmp_path / "confusion.html"
    assert main(["evaluate", str(run), str(tmp_path / "more.tsv"), "--picture", str(picture)]) == 0
    out = capsys.readouterr().out
    assert "accuracy" in out
    assert "true class down, predicted across" in out
    assert picture.stat().st_size > 10_000


@pytest.mark.parametrize("format", ["html", "svg", "png"])
def test_how_sure_a_classifier_is_can_be_drawn(run, tmp_path, capsys, format):
    (tmp_path / "more.tsv").write_text("a\tmaria\no\tpaulo\n")
    plain = ["evaluate", str(run), str(tmp_path / "more.tsv")]
    assert main(plain) == 0
    scores = capsys.readouterr().out
    assert main([*plain, "--calibration", str(tmp_path / f"calibration.{format}")]) == 0
    assert capsys.readouterr().out == scores
    assert (tmp_path / f"calibration.{format}").stat().st_size > 3000


ODD = b"\xef\xbb\xbfmaria\n\n\xc2\xa0\npaulo\ttab\r\n   "


def test_files_and_standard_input_are_answered_alike(run, tmp_path, standard_input, capsys):
    (tmp_path / "names.txt").write_bytes(ODD)
    assert main(["predict", str(run), str(tmp_path / "names.txt")]) == 0
    of_file = capsys.readouterr().out
    standard_input(ODD)
    assert main(["predict", str(run)]) == 0
    assert capsys.readouterr().out == of_file
    rows = [line.split("\t") for line in of_file.split("\n")[:-1]]
    assert [row[0] for row in rows] == ["maria", "", "\xa0", r"paulo\ttab", "   "]
    assert {len(row) for row in rows} == {3}


def test_a_table_for_spreadsheets_has_a_header_and_no_formulas(run, standard_input, capsys):
    standard_input(b"=maria\npaulo, jr\n")
    assert main(["predict", str(run), "--csv"]) == 0
    header, first, second = csv.reader(capsys.readouterr().out.splitlines())
    assert header == ["input", "answer", "probability"]
    assert (first[0], second[0]) == ("'=maria", "paulo, jr")
    assert 0 <= float(first[2]) <= 1
    assert main(["predict", str(run), "--csv", "--json"]) == 2


@pytest.mark.parametrize("place", ["file", "standard input"])
def test_texts_before_a_wrong_byte_are_answered(place, run, tmp_path, standard_input, capsys):
    content = b"maria\npaulo\nan\xffa\nclara\n"
    (tmp_path / "names.txt").write_bytes(content)
    standard_input(content)
    file = str(tmp_path / "names.txt") if place == "file" else "-"
    assert main(["predict", str(run), file]) == 2
    out, err = capsys.readouterr()
    assert [line.split("\t")[0] for line in out.splitlines()] == ["maria", "paulo"]
    assert ":3: expected UTF-8 text, got byte 0xff at byte 3 of the line" in err


def test_json_lines_before_a_wrong_one_are_answered(tmp_path, standard_input, capsys):
    x = [[float(n), 1.0] for n in range(8)]
    SequenceRegressor(epochs=1, hidden_size=4).fit([x] * 6, [1.0] * 6, out=tmp_path / "run", progress=False)
    good = json.dumps({"x": x})
    labelled = json.dumps({"x": x, "label": 2})
    standard_input(f"{good}\n\n{labelled}\n[1]\n{good}\n".encode())
    assert main(["predict", str(tmp_path / "run")]) == 2
    out, err = capsys.readouterr()
    assert [line.split("\t")[0] for line in out.splitlines()] == ["standard input:1", "standard input:3"]
    assert err.startswith("recurra: standard input:4: expected a JSON object")
