import ast
import dataclasses
import inspect
import json
import signal
import time
from itertools import pairwise
from pathlib import Path

import pytest
from rich.console import Console

import recurra
from recurra import LanguageModel
from recurra.cli import main
from recurra.cli.app import app


def _train(data, out, *flags: str) -> int:
    return main(
        [
            "train",
            "language-model",
            *map(str, [data] if isinstance(data, str | Path) else data),
            "--out",
            str(out),
            *flags,
        ]
    )


def _config(run: Path) -> dict:
    return json.loads((run / "config.json").read_text())


def _docstrings(config: type) -> dict[str, str]:
    """The string below each field, of a dataclass and those it comes from."""
    found = {}
    for owner in reversed(config.__mro__[:-1]):
        body = ast.parse(inspect.getsource(owner)).body[0].body
        for field, text in pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                found[field.target.id] = " ".join(text.value.value.split())
    return found


# --- help and settings ------------------------------------------------------------------------------------------------


def test_help_names_every_setting_with_its_text_and_default(capsys, monkeypatch):
    monkeypatch.setattr(app, "console", Console(width=300))
    assert main(["train", "language-model", "--help"]) == 0
    lines = [line.strip("│ ") for line in capsys.readouterr().out.splitlines()]
    docstrings = _docstrings(LanguageModel.Config)
    for field in dataclasses.fields(LanguageModel.Config):
        name = "--" + field.name.replace("_", "-")
        (line,) = (line for line in lines if line.split()[:1] == [name])
        assert docstrings[field.name] in line
        assert line.endswith(f"[default: {field.default}]")


def test_every_setting_has_a_flag_that_sets_it(monkeypatch):
    seen = []
    monkeypatch.setattr(LanguageModel, "fit", lambda task, *_, **__: seen.append(task.get_params()))
    choices = {"optimizer": "asgd", "schedule": "linear", "device": "cpu", "precision": "bf16"}
    choices |= {"cell": "gru", "activation": "relu", "tokenizer": "word"}
    changed, flags = {}, []
    for field in dataclasses.fields(LanguageModel.Config):
        name = field.name.replace("_", "-")
        if isinstance(field.default, bool):
            changed[field.name] = not field.default
            flags.append(f"--no-{name}" if field.default else f"--{name}")
            continue
        if isinstance(field.default, str):
            changed[field.name] = choices[field.name]
        else:
            changed[field.name] = field.default + 1 if isinstance(field.default, int) else field.default / 2 + 0.125
        flags.append(f"--{name}={changed[field.name]}")
    assert _train("text.txt", "out", *flags) == 0
    assert seen == [changed]


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--cell=lstn", "recurra: cell: expected one of rnn, lstm, gru"),
        ("--epochs=0", "recurra: epochs: expected at least 1, got 0"),
        ("--dropout=1", "recurra: dropout: expected 0 <= p < 1, got 1.0"),
    ],
)
def test_a_setting_out_of_range_is_named_before_any_work(flag, message, text, tmp_path, capsys):
    assert _train(text, tmp_path / "out", flag) == 2
    assert capsys.readouterr().err.startswith(message)
    assert not (tmp_path / "out").exists()


# --- training ---------------------------------------------------------------------------------------------------------


def test_training_writes_a_run_and_reports_on_standard_error(text, tiny, tmp_path, capsys):
    out = tmp_path / "deep" / "run"
    assert _train(text, out, *tiny) == 0
    written, said = capsys.readouterr()
    assert written == ""
    assert "epoch 1  step " in said
    assert "epoch 2  step " in said
    assert said.splitlines()[-1] == f"{out}: done; curves in {out / 'curves.html'}"
    names = {"config.json", "model.safetensors", "tokenizer.json", "metrics.jsonl", "train.log", "curves.html", "last"}
    assert {path.name for path in out.iterdir()} == names
    settings = _config(out)["settings"]
    assert (settings["hidden_size"], settings["epochs"], settings["cell"]) == (12, 2, "lstm")
    assert len((out / "metrics.jsonl").read_text().splitlines()) == 2


def test_a_folder_with_a_run_is_not_overwritten_unless_asked(run, text, tiny, tmp_path, capsys):
    out = tmp_path / "run"
    assert _train(text, out, *tiny, "--seed=2") == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert _train(text, out, *tiny, "--seed=3") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"recurra: {out}: expected a new folder, got one that holds a run")
    assert "--overwrite" in line
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert _train(text, out, *tiny, "--seed=3", "--overwrite") == 0
    assert _config(out)["settings"]["seed"] == 3


def test_several_files_are_read_as_one_and_valid_is_apart(text, tiny, tmp_path):
    (tmp_path / "more.txt").write_text("more text, with a ? in it\n" * 20)
    assert _train([text, tmp_path / "more.txt"], tmp_path / "run", *tiny, f"--valid={text}") == 0
    assert "?" in recurra.load(tmp_path / "run").tokenizer.symbols
    sources = _config(tmp_path / "run")["data"]
    assert sources["data"] == [str(text), str(tmp_path / "more.txt")]
    assert sources["valid"] == str(text)


def test_files_may_stand_after_the_flags(text, tiny, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(LanguageModel, "fit", lambda task, data, valid, **_: seen.append((data, valid)))
    assert main(["train", "language-model", "--out", "run", *tiny, "a.txt", "b.txt"]) == 0
    assert main(["train", "language-model", *tiny, "--out", "run", "a.txt", "--valid", "v.txt"]) == 0
    assert seen == [(["a.txt", "b.txt"], None), ("a.txt", "v.txt")]


def test_a_file_that_is_not_utf8_is_named_with_its_line(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("bad.txt").write_bytes(b"abc\xff\n")
    assert _train("bad.txt", "run", *tiny) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.startswith("recurra: bad.txt:1: expected UTF-8 text, got byte 0xff at byte 4 of the line")
    assert not Path("run").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "expected some text to learn symbols from, got none"), ("abc", "at least")],
)
def test_a_text_too_short_is_told_in_one_line(content, message, tiny, tmp_path, capsys):
    (tmp_path / "short.txt").write_text(content)
    assert _train(tmp_path / "short.txt", tmp_path / "run", *tiny) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("recurra: ")
    assert message in line
    assert not (tmp_path / "run").exists()


def test_unknown_data_lists_the_known(tmp_path, capsys):
    assert _train("tinyshakespear", tmp_path / "run") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("recurra: tinyshakespear: expected a file, a folder or a named data set (python-docs, tiny")


def test_a_place_where_no_folder_can_be_made_is_named(text, tiny, tmp_path, capsys):
    assert _train(text, text / "run", *tiny) == 2
    assert f"{text / 'run'}: expected a folder that can be made, got: " in capsys.readouterr().err


# --- going on ---------------------------------------------------------------------------------------------------------


def test_ctrl_c_saves_a_run_that_goes_on_to_the_same_end(text, tiny, tmp_path, start, capsys):
    many = ["--epochs=15", "--evaluate-every=60", "--checkpoint-seconds=1000"]
    flags = [flag for flag in tiny if "epochs" not in flag] + many
    interrupted, whole = tmp_path / "interrupted", tmp_path / "whole"
    process = start("train", "language-model", text, "--out", interrupted, *flags)
    while process.poll() is None and not (interrupted / "metrics.jsonl").exists():
        time.sleep(0.02)
    assert process.poll() is None, "the training was over before it could be interrupted"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("interrupted at step ")
    assert main(["train", "--resume", str(interrupted)]) == 0
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"{interrupted}: done")
    assert _train(text, whole, *flags) == 0
    assert (interrupted / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_what_is_no_run_cannot_go_on(tmp_path, capsys):
    assert main(["train", "--resume", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"recurra: {tmp_path}: expected a run folder, found no config.json there\n"


@pytest.mark.parametrize(
    ("arguments", "got"),
    [
        ("", "got neither"),
        ("text.txt --out run", "got 'text.txt'"),
        ("langauge-model text.txt", "got 'langauge-model'"),
        ("--resum run", "got '--resum'"),
        ("--resume run more", "got 'more'"),
    ],
)
def test_a_job_misspelt_or_left_out_is_told(arguments, got, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *arguments.split()]) == 2
    jobs = ", ".join(recurra.tasks.TASKS)
    expected = f"recurra: train: expected a job ({jobs}) or --resume RUN, {got}; --help tells more\n"
    assert capsys.readouterr() == ("", expected)


NUMBERS = [
    (task.name, field.name.replace("_", "-"))
    for task in recurra.tasks.TASKS.values()
    for field in dataclasses.fields(task.Config)
    if isinstance(field.default, int | float) and not isinstance(field.default, bool)
]


@pytest.mark.parametrize(("job", "flag"), NUMBERS)
def test_a_number_out_of_range_is_named_with_exit_code_2(job, flag, tmp_path, capsys):
    for value in ("nan", "-1", "1e30"):
        assert main(["train", job, "no such file", "--out", str(tmp_path / "run"), f"--{flag}={value}"]) == 2
        shown = capsys.readouterr()
        assert flag.replace("-", "_") in (shown.out + shown.err).replace("-", "_")


def test_a_finished_run_goes_on_for_more_epochs(text, tiny, tmp_path, capsys):
    out = tmp_path / "run"
    assert _train(text, out, *tiny) == 0
    assert main(["train", "--resume", str(out), "--epochs", "3"]) == 0
    assert len((out / "metrics.jsonl").read_text().splitlines()) == 3
    capsys.readouterr()
    assert main(["train", "--resume", str(out), "--epochs", "2"]) == 2
    assert capsys.readouterr().err == f"recurra: epochs: expected at least 3, those of {out}, got 2\n"


def test_a_training_starts_from_a_run_with_its_settings(run, text, tmp_path, capsys):
    assert main(["train", "language-model", str(text), "--out", str(tmp_path / "on"), "--from", str(run)]) == 0
    assert _config(tmp_path / "on")["settings"] == _config(run)["settings"]
    assert (
        main(["train", "language-model", str(text), "--out", str(tmp_path / "short"), "--from", str(run), "--epochs=1"])
        == 0
    )
    assert _config(tmp_path / "short")["settings"] == _config(run)["settings"] | {"epochs": 1}


@pytest.mark.parametrize(("flag", "name"), [("--hidden-size=512", "hidden_size"), ("--tokenizer=word", "tokenizer")])
def test_a_flag_that_would_make_another_network_is_refused(flag, name, run, text, tmp_path, capsys):
    command = ["train", "language-model", str(text), "--out", str(tmp_path / "on"), "--from", str(run), flag]
    assert main(command) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"recurra: {name}: expected ")
    assert f"as {run} has" in line
    assert not (tmp_path / "on").exists()


def test_a_file_of_settings_wins_over_those_of_the_run(run, text, tmp_path):
    (tmp_path / "settings.toml").write_text("epochs = 1\nlearning_rate = 0.5\n")
    flags = ["--from", str(run), "--config", str(tmp_path / "settings.toml"), "--learning-rate=0.25"]
    assert _train(text, tmp_path / "on", *flags) == 0
    changed = {"epochs": 1, "learning_rate": 0.25}
    assert _config(tmp_path / "on")["settings"] == _config(run)["settings"] | changed


def test_several_seeds_print_the_mean_and_the_spread(text, tiny, tmp_path, capsys):
    assert _train(text, tmp_path / "out", *tiny, "--seeds=2", "--seed=5") == 0
    out, err = capsys.readouterr()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"seed-5", "seed-6", "seeds.json"}
    header, *lines = out.splitlines()
    assert header.split() == ["mean", "deviation", "least", "most"]
    spread = json.loads((tmp_path / "out" / "seeds.json").read_text())["summary"]["valid_nats_per_token"]
    (line,) = (line for line in lines if line.startswith("valid_nats_per_token "))
    assert line.split()[1:] == [f"{spread[key]:.4f}" for key in header.split()]
    assert err.splitlines()[-1] == f"{tmp_path / 'out'}: done; all scores in {tmp_path / 'out' / 'seeds.json'}"
    assert _train(text, tmp_path / "out", *tiny, "--seeds=2", "--seed=6") == 2


def test_a_folder_of_other_files_is_refused_with_overwrite_too(text, tiny, tmp_path, capsys):
    (tmp_path / "out" / "last").mkdir(parents=True)
    (tmp_path / "out" / "last" / "thesis.txt").write_text("mine")
    assert _train(text, tmp_path / "out", *tiny, "--overwrite") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"recurra: {tmp_path / 'out'}: expected a new or empty folder, or one that holds a run, got")
    assert (tmp_path / "out" / "last" / "thesis.txt").read_text() == "mine"


def test_a_training_whose_time_is_over_is_not_called_done(text, tiny, tmp_path, capsys):
    out = tmp_path / "out"
    assert _train(text, out, "--max-minutes=1e-9", *tiny) == 0
    err = capsys.readouterr().err.splitlines()
    assert err[-2].startswith("stopped at step 1, after 1e-09 minutes")
    assert err[-1].startswith("to go on: ")
    assert err[-1].endswith(f"train --resume {out}")
    assert main(["train", "--resume", str(out), "--max-minutes=1e-9"]) == 0
    assert "stopped at step 2, after 1e-09 minutes" in capsys.readouterr().err
    assert main(["train", "--resume", str(out), "--max-minutes=0"]) == 0
    assert "stopped" not in capsys.readouterr().err
