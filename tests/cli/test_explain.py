"""`recurra explain`: every job's run in a report."""

import json

import numpy as np
import pytest

from recurra import LanguageModel, SequenceClassifier, SequenceRegressor, Tagger, Translator
from recurra.cli import main

FEW = {"hidden_size": 4, "epochs": 1, "threads": 1, "warmup_steps": 0}


def sequences(file, answers):
    """A file of sequences with their answers, JSON lines."""
    X = np.random.default_rng(0).normal(size=(12, 5, 2)).round(3).tolist()
    lines = [json.dumps({"x": x, "label": y}) for x, y in zip(X, answers, strict=True)]
    file.write_text("\n".join(lines))
    return file


def language_model(folder):
    (folder / "data.txt").write_text("to be or not to be\n" * 60)
    return LanguageModel(**FEW, num_layers=1, sequence_length=8, batch_size=2), folder / "data.txt"


def classifier(folder):
    return SequenceClassifier(**FEW), sequences(folder / "data.jsonl", ["up", "down"] * 6)


def regressor(folder):
    return SequenceRegressor(**FEW), sequences(folder / "data.jsonl", list(range(12)))


def tagger(folder):
    (folder / "data.conll").write_text("one B-A\ntwo I-A\n<script> O\n\n" * 12)
    sizes = {"word_embedding_size": 4, "character_embedding_size": 4, "affix_embedding_size": 2}
    return Tagger(**FEW, **sizes), folder / "data.conll"


def translator(folder):
    pairs = [f"text {i % 3}\t{i % 3} text\n" for i in range(12)]
    (folder / "data.tsv").write_text("source\ttarget\n" + "".join(pairs))
    return Translator(**FEW, embedding_size=4, tokenizer="word"), folder / "data.tsv"


@pytest.mark.parametrize("job", [language_model, classifier, regressor, tagger, translator])
def test_the_run_of_every_job_has_a_report(job, tmp_path, output_of):
    task, data = job(tmp_path)
    task.fit(data, out=tmp_path / "run", progress=False)
    report, figures = tmp_path / "report.html", tmp_path / "figures"
    numbers = json.loads(output_of("explain", tmp_path / "run", "--out", report, "--figures", figures, "--json"))
    assert numbers["omitted"] == {}
    assert numbers["gradients"]["layers"]
    assert numbers["attribution"]["verdict"]
    page = report.read_text(encoding="utf-8")
    assert len(page) < 1_500_000
    assert numbers["gradients"]["verdict"] in page
    assert "<script>\\" not in page
    assert {file.suffix for file in figures.iterdir()} == {".svg", ".png"}


def test_the_summary_is_the_verdicts(run, text, output_of):
    lines = output_of("explain", run, text, "--parts", "gradients").splitlines()
    assert lines[0] == f"{run} (language-model)"
    assert lines[1].startswith("Gradients: ")
    assert len(lines) == 2


def test_what_cannot_be_explained_is_one_line(run, text, tmp_path, capsys):
    cases = {
        ("explain", run, tmp_path / "none.txt"): "none.txt: expected a file",
        ("explain", run, text, "--parts", "weights"): "parts: expected some of gradients",
        ("explain", run, text, "--out", tmp_path / "report.txt"): "report.txt: expected a report's name",
        ("explain", run, text, "--part", "dev"): "expected one of the parts",
        ("explain", tmp_path, text): "expected a run",
    }
    for arguments, message in cases.items():
        assert main([str(argument) for argument in arguments]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert "Traceback" not in error
    assert not (tmp_path / "report.txt").exists()
