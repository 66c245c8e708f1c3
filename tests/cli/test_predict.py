"""Which runs `recurra predict` answers with, and what it does not take of them."""

import pytest

from recurra import LanguageModel, SequenceClassifier
from recurra.cli import main


def test_another_kind_of_run_is_refused(tmp_path, capsys):
    (tmp_path / "text.txt").write_text("to be or not to be\n" * 30)
    settings = {"hidden_size": 4, "epochs": 1, "batch_size": 2, "sequence_length": 10, "threads": 1}
    LanguageModel(**settings).fit(tmp_path / "text.txt", out=tmp_path / "run", progress=False)
    assert main(["predict", str(tmp_path / "run"), "-"]) == 2
    assert "expected a run of a classifier or a regressor, got one of language-model" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path / "run"), str(tmp_path / "text.txt"), "--picture", "x.html"]) == 2
    assert "expected a run of a classifier" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path / "run"), str(tmp_path / "text.txt"), "--calibration", "x.html"]) == 2
    assert "expected a run of a classifier, to draw how sure it is, got one of language" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--json", "--csv"], "--csv: expected one of --csv and --json, got both"),
        (["--per-frame"], "--per-frame: expected a run that watches clips, got one of classifier"),
        (["--picture", "x.svg"], "--picture: expected a run that watches clips, got one of classifier"),
    ],
)
def test_what_does_not_fit_a_run_is_refused(tmp_path, capsys, flags, message):
    settings = {"hidden_size": 4, "epochs": 1, "threads": 1}
    SequenceClassifier(**settings).fit(["anna", "otto"] * 4, ["a", "o"] * 4, out=tmp_path / "run")
    (tmp_path / "names.txt").write_text("maria\n")
    assert main(["predict", str(tmp_path / "run"), str(tmp_path / "names.txt"), *flags]) == 2
    assert capsys.readouterr() == ("", f"recurra: {message}\n")


def test_answers_in_reduced_precision(tmp_path, capsys):
    settings = {"hidden_size": 4, "epochs": 1, "threads": 1}
    SequenceClassifier(**settings).fit(["anna", "otto"] * 4, ["a", "o"] * 4, out=tmp_path / "run")
    (tmp_path / "names.txt").write_text("maria\n")
    printed = []
    for precision in ("float32", "int8", "bf16"):
        command = ["predict", str(tmp_path / "run"), str(tmp_path / "names.txt"), "--json", "--precision", precision]
        assert main(command) == 0
        printed.append(capsys.readouterr().out)
    assert len(set(printed)) == 3
