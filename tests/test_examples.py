"""Every example runs, with settings so small that it takes seconds."""

import importlib.util
import re
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
SMALL = {"hidden_size": 8, "epochs": 1, "batch_size": 4, "sequence_length": 20, "threads": 1}


def _run(name: str, **arguments) -> None:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main(**arguments)


@pytest.fixture
def text(tmp_path) -> str:
    path = tmp_path / "text.txt"
    path.write_text("The quick brown fox\njumps over the lazy dog.\n\n" * 40)
    return str(path)


def test_the_demo_trains_writes_and_names_four_commands(tmp_path, capsys):
    _run("demo", run=tmp_path / "demo", **SMALL | {"batch_size": 256, "hidden_size": 4})
    out, err = capsys.readouterr()
    assert "validation perplexity" in err
    assert re.search(r"What it writes.*\n\nWhen a class [\s\S]{500}\n", out)
    assert "curves.html" in out
    assert (tmp_path / "demo" / "curves.html").stat().st_size > 10_000
    assert len(re.findall(r"^  \.venv/bin/recurra ", out, re.MULTILINE)) == 4


def test_automatic_writing(text, capsys):
    _run("02_automatic_writing", text=text, **SMALL)
    out = capsys.readouterr().out
    assert out.count("--- temperature") == 3
    assert re.search(r"\d\.\d{3} bits a character", out)


def test_a_cell_of_ones_own(text, capsys, monkeypatch):
    from recurra.nn.cells import CELLS

    monkeypatch.setitem(CELLS, "mgu", None)
    _run("03_cell_of_your_own", text=text, **SMALL)
    out = capsys.readouterr().out
    assert "outputs (3, 20, 32)  final states (4, 3, 16)" in out
    gate = float(re.search(r"averaged: (\S+)", out)[1])
    assert 0 < gate < 1


def test_the_first_network_says_one_half_where_it_is_contradicted(capsys):
    _run("01_first_rnn", threads=1)
    out = capsys.readouterr().out
    assert re.search(r"contradictory: 75% right", out)
    assert re.search(r"one answer for \[0, 1\]: 100% right", out)
    contradicted = [float(p) for p in re.findall(r"\[0 1\]  asked \d  probability of 1: (\S+)", out)][:2]
    assert all(0.4 < p < 0.6 for p in contradicted)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own use of NumPy
def test_the_same_as_keras_code(capsys):
    pytest.importorskip("recurra.keras", reason="Keras is not installed")
    _run("04_keras_program")
    out = capsys.readouterr().out
    contradicted = [float(p) for p in re.findall(r"\[0 1\]  asked \d  probability of 1: (\S+)", out)]
    assert contradicted == pytest.approx([0.5, 0.5], abs=0.05)
    assert re.search(r"75% right", out)


def test_translation_of_numbers_and_dates(capsys):
    small = {"hidden_size": 8, "embedding_size": 4, "epochs": 1, "threads": 1, "beam_size": 1}
    _run("05_translation", count=60, digits=3, **small)
    out = capsys.readouterr().out
    assert len(re.findall(r"3 digits backwards, attention \w+: \d+\.\d% right", out)) == 2
    assert re.search(r"dates into ISO form: \d+\.\d% right", out)
    assert "3 March 2026 ->" in out


def test_moving_digits(capsys):
    pytest.importorskip("PIL", reason="the extra recurra[video] is not installed")
    _run("06_moving_digits", count=40, epochs=1, threads=1)
    out = capsys.readouterr().out
    assert re.search(r"which way a digit moves: \d+\.\d% right", out)
    assert len(re.findall(r"\d+% of a clip seen: \d+\.\d% right", out)) == 10


def test_made_lines(capsys, monkeypatch):
    monkeypatch.setattr("recurra.tasks.text_gan.report.TEMPERATURES", (0.5, 1.0))
    monkeypatch.setattr("recurra.tasks.text_gan.report.SEEDS", 2)
    monkeypatch.setattr("recurra.tasks.text_gan.curves._TEXTS", 20)
    _run("07_made_lines", count=60, epochs=2, likelihood_epochs=1, hidden_size=4, threads=1)
    out = capsys.readouterr().out
    assert out.count("--- temperature") == 2
    assert len(re.findall(r"^a red dog", out, re.MULTILINE)) == 2
    assert "its own likelihood model at equal NLL_test" in out


def test_made_series(capsys):
    _run("08_made_series", count=12, epochs=2, pretraining_epochs=1, epoch_steps=2, threads=1)
    out = capsys.readouterr().out
    assert "shop,time,kind,bought,sold,left\n" in out
    assert re.findall(r"broken in (\d+) of 12,000 made rows", out) == ["0", "0", "0"]
    assert re.search(r"the last rows\n(.*,.*\n){3}", out)


def test_made_clips(tmp_path):
    pytest.importorskip("PIL", reason="the extra recurra[video] is not installed")
    _run("09_made_clips", out=str(tmp_path), count=8, epochs=1, hidden_size=4, compared_clips=8, threads=1)
    assert sorted(path.name for path in (tmp_path / "down").iterdir()) == ["1.gif", "2.gif", "3.gif", "4.gif"]
    assert len(list((tmp_path / "one-motion").iterdir())) == 3


def test_no_example_is_forgotten():
    tested = set(re.findall(r'_run\("(\w+)"', Path(__file__).read_text()))
    assert tested == {path.stem for path in EXAMPLES.glob("*.py")}
