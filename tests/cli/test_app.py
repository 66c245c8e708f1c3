import importlib
import os
import signal
from pathlib import Path

import pytest

import recurra
from recurra import DataError, TrainingDiverged, tasks
from recurra.cli import main
from recurra.cli.app import COMMANDS


@pytest.fixture
def failing(monkeypatch):
    """A function that lets `recurra evaluate` raise an error."""

    def fail(error: BaseException) -> list[str]:
        def load(_):
            raise error

        monkeypatch.setattr(tasks, "load", load)
        return ["evaluate", "run", "data"]

    return fail


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], []], ids=str)
def test_help_names_every_command_and_what_exit_codes_mean(arguments, capsys):
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    for command in ("train", "evaluate", "write", "data", "doctor", "bench", "--install-completion", "--version"):
        assert f"│ {command} " in out
    assert "0 done, 1 failed, 2 wrong usage or wrong data, 130 interrupted" in out
    assert "--debug" in out
    assert err == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_a_command_says_of_itself(name):
    place, summary = COMMANDS[name]
    module, _, function = place.partition(":")
    if name != "train":  # whose own help lists the jobs
        docstring = getattr(importlib.import_module(f"recurra.cli.{module}"), function).__doc__
        assert docstring.startswith(summary.removesuffix("."))


@pytest.mark.parametrize("command", ["train", "train language-model", "evaluate", "write", "data", "doctor", "bench"])
def test_every_command_has_help_on_standard_output(command, capsys):
    assert main([*command.split(), "--help"]) == 0
    out, err = capsys.readouterr()
    assert f"Usage: recurra {command}" in out
    assert err == ""


def test_version_is_that_of_the_package(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{recurra.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("wirte run", 'Unknown command "wirte". Did you mean "write"?'),
        ("write", "parameter RUN requires an argument"),
        ("write run --tempreature 1", "Unknown option: --tempreature. Did you mean --temperature?"),
        ("write run --length ten", 'Invalid value for --length: unable to convert "ten" into int'),
        ("write run a.txt", "Unused Tokens: ['a.txt']"),
        ("data --jsno", "Unknown option: --jsno. Did you mean --json?"),
        ("train language-model", "parameter DATA requires an argument"),
        ("train language-model t.txt", "parameter --out requires an argument"),
        ("train language-model t.txt --out o --hiden-size 3", "Did you mean --hidden-size?"),
        ("train language-model t.txt --out o --optimizer adamax", 'Choose from: "adamw", "adam", "sgd", "asgd"'),
    ],
)
def test_wrong_usage_is_told_on_standard_error(arguments, message, capsys, monkeypatch):
    assert main(arguments.split()) == 2
    out, err = capsys.readouterr()
    assert message in " ".join(err.replace("│", " ").split())
    assert "Traceback" not in err
    assert out == ""


@pytest.mark.parametrize("arguments", [["-", "--out", "o"], ["t.txt", "--valid", "-", "--out", "o"]])
def test_a_training_does_not_read_standard_input(arguments, capsys):
    assert main(["train", "language-model", *arguments]) == 2
    assert capsys.readouterr().err.startswith("recurra: -: expected files or a named data set, got standard input")


@pytest.mark.parametrize("value", ["2.5", "-0.1", "+.5"])
def test_a_fraction_is_not_rounded_to_a_whole_number(value, capsys):
    assert main(["train", "language-model", "t.txt", "--out", "o", f"--epochs={value}"]) == 2
    assert capsys.readouterr().err == f"recurra: epochs: expected a whole number, got {value}\n"
    assert main(["write", "run", f"--seed={value}"]) == 2
    assert capsys.readouterr().err == f"recurra: seed: expected a whole number, got {value}\n"


def test_a_whole_number_may_be_written_with_a_point(capsys):
    assert main(["write", "nowhere", "--seed=2.0"]) == 2
    assert "nowhere: expected a run folder" in capsys.readouterr().err


def test_wrong_data_is_one_line_and_exit_code_2(failing, capsys):
    assert main(failing(DataError("a.txt:3: expected this, got that"))) == 2
    assert capsys.readouterr() == ("", "recurra: a.txt:3: expected this, got that\n")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (RuntimeError("out of order"), "recurra: RuntimeError: out of order\n"),
        (TrainingDiverged("step 7: expected"), "recurra: TrainingDiverged: step 7: expected\n"),
    ],
)
def test_any_other_error_is_one_line_and_exit_code_1(error, line, failing, capsys):
    assert main(failing(error)) == 1
    assert capsys.readouterr() == ("", line)


@pytest.mark.parametrize(("error", "code"), [(DataError("expected"), 2), (RuntimeError("broken"), 1)])
@pytest.mark.parametrize("place", [0, 1, 3])
def test_debug_anywhere_shows_the_traceback(error, code, place, failing, capsys):
    arguments = failing(error)
    arguments.insert(place, "--debug")
    assert main(arguments) == code
    out, err = capsys.readouterr()
    assert err.startswith("Traceback (most recent call last)")
    assert err.splitlines()[-1].startswith("recurra: ")
    assert out == ""


def test_an_interruption_is_exit_code_130_without_a_word(failing, capsys):
    assert main(failing(KeyboardInterrupt())) == 130
    assert capsys.readouterr() == ("", "")


def test_the_module_is_the_command(start):
    process = start("evaluate", "nowhere")
    out, err = process.communicate()
    assert (process.returncode, out) == (2, "")
    assert err == "recurra: nowhere: expected a run folder, found no config.json there\n"


def test_a_reader_that_leaves_ends_the_writing_quietly(run, start):
    process = start("write", run, "--length", 10**9, "--prompt", "the")
    assert process.stdout.read(1) == "t"
    process.stdout.close()
    assert (process.wait(60), process.stderr.read()) == (0, "")


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX pipes")
@pytest.mark.parametrize("command", ["data", "data --json"])
def test_a_reader_that_was_never_there_is_no_error(command, start):
    reading, writing = os.pipe()
    os.close(reading)
    process = start(*command.split(), stdout=writing)
    os.close(writing)
    assert (process.wait(60), process.stderr.read()) == (0, "")


def test_ctrl_c_ends_the_writing_with_130(run, start):
    process = start("write", run, "--length", 10**9)
    assert process.stdout.read(20)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")


def test_shell_completion_installs_into_the_home_folder(tmp_path, monkeypatch, capsys):
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR", "BASH_COMPLETION_USER_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", "/bin/bash")
    monkeypatch.chdir(tmp_path)
    assert main(["--install-completion"]) == 0
    (script,) = (path for path in tmp_path.rglob("recurra") if path.is_file())
    assert str(script) in capsys.readouterr().out
    assert "language-model" in script.read_text()
    assert "--hidden-size" in script.read_text()
    assert Path.home() == tmp_path
