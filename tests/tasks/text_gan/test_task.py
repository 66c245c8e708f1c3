import json
import os
import signal
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import recurra
from recurra import DataError, TextGAN
from recurra.cli import main
from recurra.data.text.lines import Lines
from recurra.training.phases import Phases

SETTINGS = {"epochs": 6, "likelihood_epochs": 4, "batch_size": 8, "threads": 1, "hidden_size": 16, "max_length": 10}
SETTINGS |= {"method": "gumbel", "discriminator_size": 8, "discriminator_steps": 2, "checkpoint_seconds": 1e6}
TEXT = ["a man rides a bike .", "a dog runs on grass .", "two men sit on a bench .", "a woman holds a ball ."] * 12


def _data(folder: Path) -> Path:
    (folder / "lines.txt").write_text("".join(f"{line}\n" for line in TEXT))
    return folder / "lines.txt"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A training that nobody disturbs, and the data of it."""
    folder = tmp_path_factory.mktemp("text")
    data = _data(folder)
    TextGAN(**SETTINGS).fit(data, out=folder / "whole", progress=False)
    return data, folder / "whole"


@pytest.mark.parametrize("step", [10, 31])  # amid the first phase, and the second
def test_a_killed_training_goes_on_to_the_same_bits(step, whole, tmp_path, forked):
    data, run = whole
    process = forked.run_file(__file__, data, tmp_path / "killed", step)
    assert process.returncode == -signal.SIGKILL, process.stderr
    recurra.resume(tmp_path / "killed", progress=False)
    _require_equal(run, tmp_path / "killed")


def _require_equal(run: Path, other: Path) -> None:
    """Hold the weights and the state of two runs to be the same bits."""
    for file in ("model.safetensors", "last/checkpoint.safetensors"):
        before, after = load_file(run / file), load_file(other / file)
        assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_discriminator_that_chooses_goes_on_to_the_same_bits(tmp_path):
    settings = SETTINGS | {"method": "resampling", "epochs": 3, "likelihood_epochs": 1}
    data = _data(tmp_path)
    TextGAN(**settings).fit(data, out=tmp_path / "whole", progress=False)
    TextGAN(**settings | {"max_minutes": 1e-9}).fit(data, out=tmp_path / "parts", progress=False)
    for _ in range(5):  # each goes on for a step, and the last to the end
        recurra.resume(tmp_path / "parts", progress=False)
    recurra.resume(tmp_path / "parts", max_minutes=0, progress=False)
    _require_equal(tmp_path / "whole", tmp_path / "parts")


def test_the_likelihood_model_is_kept_in_the_run(whole):
    network = recurra.load(whole[1]).network
    assert network.has_begun_game
    assert not torch.equal(network.likelihood.weight, network.generator.weight)
    losses = {name for line in (whole[1] / "metrics.jsonl").read_text().splitlines() for name in json.loads(line)}
    assert {"train_likelihood_loss", "train_discriminator_loss", "train_generator_loss"} <= losses


def test_lines_are_made_by_seed_and_go_on_from_what_is_given(whole):
    gan = recurra.load(whole[1])
    lines = gan.sample(4, seed=1)
    assert lines == gan.sample(4, seed=1) != gan.sample(4, seed=2)
    words = {word for line in TEXT for word in line.split()}
    assert all(set(line.split()) <= words for line in lines)
    given = gan.sample(3, seed=1, given=["two men", "a dog"])
    assert all(line.startswith(start) for line, start in zip(given, ["two men", "a dog", "two men"], strict=True))
    assert all(len(line.split()) <= 3 for line in gan.sample(9, length=3, seed=1))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"count": 0}, "count: expected a whole number of at least 1"),
        ({"temperature": 0}, "temperature: expected a number from 1e-06"),
        ({"label": "x"}, "label: expected none"),
        ({"given": []}, "given: expected lines to go on from"),
        ({"seed": -1}, "seed: expected"),
    ],
)
def test_wrong_arguments_are_named(arguments, error, whole):
    with pytest.raises(DataError, match=error):
        recurra.load(whole[1]).sample(**{"count": 1} | arguments)


def test_the_command_samples_and_reports(whole, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("recurra.tasks.text_gan.report.TEMPERATURES", (0.5, 1.0))
    monkeypatch.setattr("recurra.tasks.text_gan.report.SEEDS", 2)
    monkeypatch.setattr("recurra.tasks.text_gan.curves._TEXTS", 20)
    _, run = whole
    assert main(["sample", str(run), "--count=3", "--seed=1", "--temperature=0.7", "--out", str(tmp_path / "a")]) == 0
    assert len((tmp_path / "a").read_text().splitlines()) == 3
    capsys.readouterr()
    assert main(["evaluate", str(run)]) == 0
    out = capsys.readouterr().out
    assert "its own likelihood model at equal NLL_test" in out
    numbers = json.loads((run / "report.json").read_text())
    assert numbers["gan_curve"].keys() == numbers["likelihood_curve"].keys() == {"0.5", "1"}
    page = (run / "report.html").read_text(encoding="utf-8")
    assert len(page) < 1_500_000
    assert numbers["conclusion"].split(":")[0] in page


def test_a_file_of_too_few_lines_is_named(tmp_path):
    (tmp_path / "one.txt").write_text("a dog\n")
    with pytest.raises(DataError, match=r"one\.txt: expected at least 2 lines, to hold some out, got 1"):
        TextGAN(**SETTINGS).fit(tmp_path / "one.txt", progress=False)


@pytest.mark.parametrize("tokenizer", ["char", "bpe"])
def test_classes_and_symbols_of_other_kinds(tokenizer):
    lines = Lines(["aaa", "bbb"] * 20, ["a", "b"] * 20)
    settings = SETTINGS | {"tokenizer": tokenizer, "epochs": 30, "likelihood_epochs": 30, "average_decay": 0.9}
    gan = TextGAN(**settings).fit(lines, progress=False)
    made = gan.sample(20, seed=1, label="b", temperature=0.5)
    assert sum(set(line) == {"b"} for line in made) > 15
    assert {line[:1] for line in gan.sample(30, seed=1, temperature=0.5)} >= {"a", "b"}
    with pytest.raises(DataError, match="label: expected one of a, b, got 'c'"):
        gan.sample(1, label="c")


def test_policy_gradient_plays_too():
    settings = SETTINGS | {"method": "policy_gradient", "discriminator": "recurrent", "rollouts": 1}
    gan = TextGAN(**settings | {"epochs": 2, "likelihood_epochs": 1}).fit(Lines(TEXT), progress=False)
    assert gan.network.has_begun_game
    assert gan.evaluate(Lines(TEXT))["nats_per_symbol"] > 0


def test_a_discriminator_chooses_lines_and_leaves_the_generator_as_it_is():
    settings = SETTINGS | {"method": "resampling", "candidates": 3}
    gan = TextGAN(**settings | {"epochs": 2, "likelihood_epochs": 1}).fit(Lines(TEXT), progress=False)
    assert torch.equal(gan.network.generator.weight, gan.network.likelihood.weight)
    made = gan.sample(5, seed=1, given=["two men"])
    assert made == gan.sample(5, seed=1, given=["two men"])
    assert all(line.startswith("two men") for line in made)


def test_what_goes_in_and_comes_out_is_said(whole):
    gan = recurra.load(whole[1])
    (answer,) = gan.describe(["two men"], seed=1)
    assert answer["given"] == "two men"
    assert answer["line"].startswith("two men")
    assert gan.describe([]) == []
    assert "label" not in gan.signature().options


def _train_and_die(data: Path, out: Path, steps: int) -> None:
    """Train, and be killed in the middle of the step after so many."""
    step = Phases.step

    def killed(update, batch, number):
        result = step(update, batch, number)
        if number == steps:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    Phases.step = killed
    TextGAN(**SETTINGS).fit(data, out=out, progress=False)


if __name__ == "__main__":
    _train_and_die(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
