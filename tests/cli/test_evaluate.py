import json

import pytest

from recurra import LanguageModel
from recurra.cli import main

NOT_UTF8 = (
    "recurra: standard input:1: expected UTF-8 text, got byte 0xff at byte 4 of the line; "
    "it looks like latin-1 or Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 FILE > TEXT\n"
)


def test_scores_are_those_of_the_model(run, lm, text, output_of):
    scores = json.loads(output_of("evaluate", run, text, "--json"))
    assert scores == lm.evaluate(text)
    assert len(output_of("evaluate", run, text, "--json").splitlines()) == 1


def test_scores_are_shown_in_columns(run, lm, text, output_of):
    lines = output_of("evaluate", run, text).splitlines()
    scores = lm.evaluate(text)
    assert [line.split()[0] for line in lines] == list(scores)
    assert len({line.rindex("  ") for line in lines}) == 1
    shown = dict(line.split() for line in lines)
    assert shown["carried_nats_per_character"] == f"{scores['carried_nats_per_character']:.4f}"
    assert shown["tokens"] == "1,739"


@pytest.mark.parametrize("precision", ["int8", "bf16"])
def test_scores_in_reduced_precision_stand_beside_those_of_the_weights_as_they_are(precision, run, lm, text, output_of):
    expected = {
        "float32": lm.evaluate(text),
        precision: LanguageModel.load(run).reduce_precision(precision).evaluate(text),
    }
    assert expected["float32"] != expected[precision]
    assert json.loads(output_of("evaluate", run, text, "--precision", precision, "--json")) == expected
    lines = output_of("evaluate", run, text, "--precision", precision).splitlines()
    assert lines[0].split() == ["float32", precision]
    name, *shown = lines[1].split()
    assert shown == [f"{expected[way][name]:.4f}" for way in ("float32", precision)]


@pytest.mark.parametrize("dash", [[], ["-"]], ids=str)
def test_standard_input_is_scored_where_no_data_is_named(dash, run, lm, text, standard_input, output_of):
    standard_input(text.read_bytes())
    assert json.loads(output_of("evaluate", run, *dash, "--json")) == lm.evaluate(text)


def test_standard_input_that_is_not_utf8_is_named_as_such(run, standard_input, capsys):
    standard_input(b"abc\xff\n")
    assert main(["evaluate", str(run)]) == 2
    assert capsys.readouterr() == ("", NOT_UTF8)


def test_an_empty_standard_input_is_too_short(run, standard_input, capsys):
    standard_input(b"")
    assert main(["evaluate", str(run)]) == 2
    assert capsys.readouterr() == ("", "recurra: standard input: expected a text of at least 2 symbols, got 0\n")


def test_what_is_piped_in_is_not_kept(run, standard_input, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    standard_input(b"the fox jumps")
    assert main(["evaluate", str(run)]) == 0
    assert list(tmp_path.rglob("*")) == []


def test_several_files_are_one_text_wherever_each_ends(run, text, tmp_path, capsys, output_of, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    content = text.read_bytes()
    for cut in (10, 57, 58):  # within a line, within its end, behind it
        (tmp_path / "a").write_bytes(content[:cut])
        (tmp_path / "b").write_bytes(content[cut:])
        several = output_of("evaluate", run, tmp_path / "a", tmp_path / "b", "--json")
        assert several == output_of("evaluate", run, text, "--json")
    assert main(["evaluate", str(run), str(text), "-"]) == 2
    assert capsys.readouterr().err == "recurra: -: expected standard input alone, got 2 files\n"


def test_a_part_of_a_named_data_set_can_be_scored(run, output_of, monkeypatch):
    seen = []
    monkeypatch.setattr(LanguageModel, "evaluate", lambda lm, data, part: seen.append((data, part)) or {"score": 1.0})
    assert output_of("evaluate", run, "python-docs", "--part", "train") == "score  1.0000\n"
    assert output_of("evaluate", run, "python-docs") == "score  1.0000\n"
    assert seen == [("python-docs", "train"), ("python-docs", None)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere", "text.txt"), "nowhere: expected a run folder, found no config.json there"),
        (("RUN", "nowhere.txt"), "nowhere.txt: expected a file, a folder or a named data set"),
        (("RUN", "--part=test", "TEXT"), "expected one of the parts train, got 'test'"),
    ],
)
def test_wrong_data_is_told_in_one_line(arguments, message, run, text, capsys):
    assert main(["evaluate", *({"RUN": str(run), "TEXT": str(text)}.get(a, a) for a in arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert len(err.splitlines()) == 1


def test_a_run_with_a_broken_part_names_it(run, text, tmp_path, capsys):
    for file in ("config.json", "model.safetensors"):
        (tmp_path / file).write_bytes((run / file).read_bytes())
    (tmp_path / "tokenizer.json").write_text("{")
    assert main(["evaluate", str(tmp_path), str(text)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"recurra: {tmp_path / 'tokenizer.json'}: expected a tokenizer")
