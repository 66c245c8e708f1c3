"""`recurra translate` as a filter, and what it says of a run of another job."""

import json
import subprocess
import sys

import pytest

from recurra import Tagger
from recurra.cli import main
from recurra.nn.beam_search import beam_search

NUMBERS = {"eins": "one", "zwei": "two", "drei": "three"}
PAIRS = [(f"{a} {b}", f"{NUMBERS[a]} {NUMBERS[b]}") for a in NUMBERS for b in NUMBERS] * 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with training files and a run."""
    folder = tmp_path_factory.mktemp("translate")
    for side, name in enumerate(("de", "en")):
        (folder / f"train.{name}").write_text("".join(f"{pair[side]}\n" for pair in PAIRS))
    command = ["train", "translator", str(folder / "train"), "--source", "de", "--target", "en", "--valid"]
    command += [str(folder / "train"), "--out", str(folder / "run"), "--tokenizer", "word", "--hidden-size", "24"]
    command += ["--embedding-size", "16", "--epochs", "40", "--threads", "1", "--learning-rate", "0.02"]
    command += ["--batch-tokens", "60", "--average-decay", "0.9", "--dropout", "0"]
    assert main(command) == 0
    return folder


def test_it_is_a_filter_that_keeps_lines(folder):
    command = [sys.executable, "-m", "recurra", "translate", str(folder / "run"), "--beam-size", "3"]
    given = "eins zwei\n\ndrei drei\n"
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        process.stdin.write(given)
        process.stdin.flush()
        answers = [process.stdout.readline() for _ in range(3)]  # answered before standard input ends
        assert answers == ["one two\n", "\n", "three three\n"]
        out, _ = process.communicate("zwei eins")  # a last line without an end
        assert out == "two one\n"
        assert process.returncode == 0


def test_several_translations_and_where_they_come_from(folder, tmp_path, capsys):
    file, picture = tmp_path / "text.de", tmp_path / "attention.html"
    file.write_text("eins zwei\n\n")
    assert main(["translate", str(folder / "run"), str(file), "--n-best", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" ||| ")[0] for line in lines] == ["0", "0", "1"]
    assert lines[0].split(" ||| ")[1] == "one two"
    assert float(lines[0].split(" ||| ")[2]) >= float(lines[1].split(" ||| ")[2])
    assert main(["translate", str(folder / "run"), str(file), "--alignment"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    text, looked = first.split("\t")
    assert text == "one two"
    assert [pair.split("-")[1] for pair in looked.split()] == ["0", "1"]
    assert second == "\t"
    assert main(["translate", str(folder / "run"), str(file), "--json", "--picture", str(picture)]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[0])
    assert record["source"] == "eins zwei"
    assert set(record["translations"][0]) == {"text", "log_probability", "score"}
    assert picture.stat().st_size > 1000


ODD = b"\xef\xbb\xbfeins zwei\n\n\xc2\xa0\ndrei\tdrei\r\n\xe3\x80\x80zwei  "


@pytest.mark.parametrize("flags", [[], ["--alignment"], ["--n-best", "2", "--alignment"], ["--json", "--alignment"]])
def test_files_and_standard_input_are_answered_alike(flags, folder, tmp_path, standard_input, capsys):
    (tmp_path / "odd.de").write_bytes(ODD)
    assert main(["translate", str(folder / "run"), str(tmp_path / "odd.de"), *flags]) == 0
    of_file = capsys.readouterr().out
    standard_input(ODD)
    assert main(["translate", str(folder / "run"), *flags]) == 0
    assert capsys.readouterr().out == of_file
    if flags == ["--alignment"]:
        rows = [line.split("\t") for line in of_file.splitlines()]
        assert [len(row) for row in rows] == [2] * 5
        assert rows[0][0] == "one two"
        assert {pair.split("-")[0] for pair in rows[-1][1].split()} == {"0"}  # one word, and white space around it


def test_translations_begin_with_what_is_asked_for(folder, tmp_path, capsys):
    (tmp_path / "one.txt").write_text("eins zwei\n\n")
    assert main(["translate", str(folder / "run"), str(tmp_path / "one.txt"), "--prefix", "three"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.split()[0] == "three"
    assert second == ""
    assert main(["translate", str(folder / "run"), str(tmp_path / "one.txt"), "--prefix", "four"]) == 2
    assert "prefix: expected symbols that the translator knows, got 'four'" in capsys.readouterr().err


def test_lines_before_a_wrong_byte_are_answered(folder, standard_input, capsys):
    standard_input(b"eins zwei\nab\xff\n")
    assert main(["translate", str(folder / "run")]) == 2
    out, err = capsys.readouterr()
    assert out == "one two\n"
    assert err.startswith("recurra: standard input:2: expected UTF-8 text, got byte 0xff")


def test_evaluate_prints_scores_with_their_signature(folder, capsys):
    assert main(["evaluate", str(folder / "run"), str(folder / "train")]) == 0
    out = capsys.readouterr().out
    assert "nrefs:1|case:mixed|eff:no|tok:13a" in out
    assert [line for line in out.splitlines() if line.startswith("exact")]
    assert main(["evaluate", str(folder / "run"), str(folder / "train"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pairs"] == len(PAIRS)


def test_the_search_is_set_by_flags(folder, capsys, monkeypatch):
    asked = []
    search = beam_search
    monkeypatch.setattr(
        "recurra.tasks.translation.search.beam_search", lambda *a, **how: asked.append(how) or search(*a, **how)
    )
    how = ["--beam-size", "2", "--length-penalty", "0.25"]
    assert main(["evaluate", str(folder / "run"), str(folder / "train"), *how]) == 0
    assert main(["translate", str(folder / "run"), str(folder / "train.de"), *how]) == 0
    assert {(own["beam_size"], own["length_penalty"]) for own in asked} == {(2, 0.25)}
    for flag in ("--beam-size=0", "--length-penalty=-1"):
        assert main(["translate", str(folder / "run"), flag]) == 2
        assert "Must be >=" in capsys.readouterr().err
    assert main(["translate", str(folder / "run"), "--length-penalty=1000"]) == 2
    assert "Must be <= 10" in capsys.readouterr().err


def test_wrong_data_is_told(folder, tmp_path, capsys):
    (tmp_path / "bad.de").write_text("a\nb\n")
    (tmp_path / "bad.en").write_text("a\n")
    command = ["train", "translator", str(tmp_path / "bad"), "--source", "de", "--target", "en"]
    assert main([*command, "--out", str(tmp_path / "run")]) == 2
    assert "bad.en: expected 2 lines, as in" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
    Tagger(epochs=1, hidden_size=4).fit([["a"]] * 4, [["X"]] * 4, out=tmp_path / "tagger", progress=False)
    for command in (
        ["translate", str(tmp_path / "tagger")],
        ["evaluate", str(tmp_path / "tagger"), "--beam-size", "2"],
    ):
        assert main(command) == 2
        assert "expected a run of translator, got one of tagger" in capsys.readouterr().err


def test_lines_before_one_that_is_too_long_are_answered(folder, standard_input, capsys):
    standard_input(b"eins zwei\n" + b"a" * 100_001 + b"\n")
    assert main(["translate", str(folder / "run"), "--beam-size", "1"]) == 2
    told = capsys.readouterr()
    assert told.out == "one two\n"
    assert told.err == "recurra: standard input:2: expected a text of at most 100,000 characters, got 100,001\n"


def test_lines_are_translated_in_reduced_precision(folder, tmp_path, capsys):
    file, printed = tmp_path / "text.de", []
    file.write_text("eins zwei\n")
    for precision in ("float32", "int8"):
        assert main(["translate", str(folder / "run"), str(file), "--json", "--precision", precision]) == 0
        printed.append(json.loads(capsys.readouterr().out))
    exact, reduced = (record["translations"][0] for record in printed)
    assert exact["text"] == reduced["text"] == "one two"
    assert exact != reduced
