"""Fitting, as every job shares it: what is left when it fails or is interrupted, and who may write to a folder."""

import json
import os
import signal
import time

import numpy as np
import pytest
import torch

import recurra
from recurra import DataError, LanguageModel, SequenceClassifier, Tagger, TrainingDiverged, Translator
from recurra.training.loop import Training
from recurra.training.run import RunFolder

SMALL = {"hidden_size": 8, "num_layers": 1, "batch_size": 4, "sequence_length": 10, "epochs": 2, "threads": 1}


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("the quick brown fox jumps over the lazy dog, and rests.\n" * 30)
    return path


def _interrupt_at(step: int, patch) -> None:
    original = Training._step

    def interrupted(training, batch):
        loss = original(training, batch)
        if training.position.step == step:
            os.kill(os.getpid(), signal.SIGINT)
        return loss

    patch.setattr(Training, "_step", interrupted)


def _steps_of(text, steps: int) -> dict[str, torch.Tensor]:
    """Weights after so many steps, taken from a training of the same settings."""
    seen = {}
    original = Training._step

    def look(training, batch):
        loss = original(training, batch)
        if training.position.step == steps:
            seen.update({name: value.clone() for name, value in training.update.network.state_dict().items()})
        return loss

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Training, "_step", look)
        LanguageModel(**SMALL).fit(text, progress=False)
    return seen


def _same(one, other) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


# --- interrupted ------------------------------------------------------------------------------------------------------


def test_ctrl_c_before_the_first_evaluation_keeps_the_last_weights_in_memory(text, monkeypatch, capsys):
    expected = _steps_of(text, 5)
    _interrupt_at(5, monkeypatch)
    lm = LanguageModel(**SMALL)
    with pytest.raises(KeyboardInterrupt, match="step 5 before the first evaluation; the weights kept are the last"):
        lm.fit(text)
    assert "step 5 before the first evaluation; the weights kept are the last" in capsys.readouterr().err
    assert _same(lm.network.state_dict(), expected)
    assert lm.weights_ == "last"
    lm.generate("the", 3)


def test_ctrl_c_before_the_first_evaluation_keeps_the_last_weights_in_the_run(text, tmp_path, monkeypatch):
    expected = _steps_of(text, 5)
    _interrupt_at(5, monkeypatch)
    with pytest.raises(KeyboardInterrupt, match="all is saved"):
        LanguageModel(**SMALL).fit(text, out=tmp_path / "run", progress=False)
    loaded = recurra.load(tmp_path / "run")
    assert _same(loaded.network.state_dict(), expected)
    assert loaded.weights_ == "last"
    monkeypatch.undo()
    resumed = recurra.resume(tmp_path / "run", progress=False)
    whole = LanguageModel(**SMALL).fit(text, out=tmp_path / "whole", progress=False)
    assert resumed.weights_ == whole.weights_ == recurra.load(tmp_path / "run").weights_ == "best"
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == (
        tmp_path / "whole" / "model.safetensors"
    ).read_bytes()


def test_ctrl_c_after_an_evaluation_keeps_the_best(text, tmp_path, monkeypatch):
    _interrupt_at(8, monkeypatch)
    lm = LanguageModel(**SMALL, evaluate_every=4)
    with pytest.raises(KeyboardInterrupt) as error:
        lm.fit(text, out=tmp_path / "run", progress=False)
    assert "before the first evaluation" not in str(error.value)
    assert lm.weights_ == recurra.load(tmp_path / "run").weights_ == "best"


def test_weights_that_were_never_evaluated_as_a_number_are_the_last(text, monkeypatch):
    data_module = recurra.tasks.language_model.data.LanguageDataModule
    monkeypatch.setattr(data_module, "score", lambda data, network: {"valid_nats_per_token": float("nan")})
    lm = LanguageModel(**SMALL).fit(text, progress=False)
    assert lm.weights_ == "last"
    start = recurra.LanguageModel(**SMALL | {"epochs": 1, "learning_rate": 1e-30}).fit(text, progress=False)
    assert not _same(lm.network.state_dict(), start.network.state_dict())


def test_the_weights_of_a_start_are_not_taken_for_learnt_ones(text, tmp_path, monkeypatch):
    monkeypatch.setattr(Training, "train", lambda training: None)  # as if killed before the first checkpoint
    LanguageModel(**SMALL).fit(text, out=tmp_path / "run", progress=False)
    with pytest.raises(DataError, match="expected weights that were learnt, got those that a training began with"):
        recurra.load(tmp_path / "run")


# --- failed -----------------------------------------------------------------------------------------------------------


def _jobs(folder):
    """A fitted task of every job, and how it answers."""
    x, y = np.random.default_rng(0).normal(size=(20, 5, 2)), ["a", "b"] * 10
    words, labels = [["Ann", "sings"], ["Bob", "runs"]] * 5, [["B-PER", "O"], ["B-PER", "O"]] * 5
    (folder / "t.txt").write_text("one two three four five\n" * 20)
    few = {"epochs": 1, "threads": 1, "progress": False}
    classifier, tagger, translator = SequenceClassifier(hidden_size=4), Tagger(hidden_size=4), Translator(hidden_size=4)
    return {
        "language-model": (
            LanguageModel(**SMALL).fit(folder / "t.txt", progress=False),
            lambda task: task.score("one two three"),
        ),
        "classifier": (classifier.fit(x, y, **few), lambda task: task.predict_proba(x).tolist()),
        "tagger": (tagger.fit(words, labels, **few), lambda task: task.describe(words)),
        "translator": (
            translator.fit(["a b"] * 30, ["b a"] * 30, tokenizer="char", **few),
            lambda task: task.describe(["a b"]),
        ),
    }


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    return _jobs(tmp_path_factory.mktemp("jobs"))


@pytest.mark.parametrize("job", ["language-model", "classifier", "tagger", "translator"])
def test_a_fit_that_fails_leaves_the_fitted_model_as_it_was(job, fitted):
    task, answer = fitted[job]
    before, settings = answer(task), task.get_params()
    for wrong in ({"epochs": 3}, {"epochs": 0}, {"hidden_size": 6, "epochs": "many"}):
        with pytest.raises(DataError):
            task.fit("nowhere.txt", progress=False, **wrong)
        assert answer(task) == before
        assert task.get_params() == settings


@pytest.mark.parametrize("job", ["language-model", "classifier", "tagger", "translator"])
def test_a_first_fit_that_fails_leaves_a_task_that_says_it_is_not_fitted(job, fitted):
    task = type(fitted[job][0])(hidden_size=4)
    with pytest.raises(DataError):
        task.fit("nowhere.txt", progress=False)
    with pytest.raises((DataError, ValueError), match=r"expected a fitted model|not fitted"):
        fitted[job][1](task)


def test_a_fit_that_fails_while_it_learns_leaves_the_fitted_model_as_it_was(text, monkeypatch):
    lm = LanguageModel(**SMALL).fit(text, progress=False)
    before = lm.score("the fox")

    def fails(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(Training, "_evaluate", fails)
    with pytest.raises(OSError, match="disk full"):
        lm.fit(text, progress=False, hidden_size=6)
    assert lm.score("the fox") == before
    assert lm.config.hidden_size == 8


def test_a_loss_that_is_not_finite_before_any_evaluation_keeps_no_weights(text, monkeypatch):
    lm = LanguageModel(**SMALL).fit(text, progress=False)
    before = lm.score("the fox")
    original = Training._step

    def poison(training, batch):
        with torch.no_grad():
            training.update.network.bias[0] = torch.nan
        return original(training, batch)

    monkeypatch.setattr(Training, "_step", poison)
    with pytest.raises(TrainingDiverged, match="no weights are kept yet"):
        lm.fit(text, progress=False)
    assert lm.score("the fox") == before


# --- folders ----------------------------------------------------------------------------------------------------------


def test_a_training_that_fails_before_it_begins_leaves_no_folder(tmp_path):
    with pytest.raises(DataError, match="expected a file"):
        LanguageModel().fit("nowhere.txt", out=tmp_path / "a" / "b", progress=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("overwrite", [False, True])
def test_fit_and_save_remove_no_file_of_a_person(overwrite, text, tmp_path, fitted):
    out = tmp_path / "out"
    (out / "last").mkdir(parents=True)
    (out / "last" / "thesis.txt").write_text("mine")
    lm, _ = fitted["language-model"]
    with pytest.raises(DataError, match=r"got one that holds other files \(last\)"):
        LanguageModel(**SMALL).fit(text, out=out, overwrite=overwrite, progress=False)
    with pytest.raises(DataError, match=r"got one that holds other files \(last\)"):
        lm.save(out, overwrite=overwrite)
    assert [path.name for path in out.rglob("*")] == ["last", "thesis.txt"]


def test_saving_over_a_run_leaves_what_is_not_of_the_run(tmp_path, fitted):
    lm, _ = fitted["language-model"]
    fitted["tagger"][0].save(tmp_path / "run")
    (tmp_path / "run" / "notes.txt").write_text("mine")
    lm.save(tmp_path / "run", overwrite=True)
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {"notes.txt", "config.json", "model.safetensors", "tokenizer.json"}


def test_two_trainings_never_write_into_one_folder(text, tmp_path, forked):
    out = tmp_path / "run"
    flags = ["--hidden-size=8", "--num-layers=1", "--epochs=500", "--threads=1", "--batch-size=4"]
    command = ["train", "language-model", text, "--out", out, *flags]
    first = forked.start_command(*command)
    deadline = time.monotonic() + 120
    while not (out / "config.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        for other in ([*command, "--overwrite"], ["train", "--resume", out]):
            done = forked.run(forked.COMMAND, *other)
            assert done.returncode == 2
            (line,) = done.stderr.splitlines()
            assert line.startswith(f"recurra: {out}: expected a folder that no other training writes to")
        assert first.is_alive()
    finally:
        first.kill()
        first.join()
    with RunFolder(out).claimed(overwrite=True):  # the killed one has left no lock
        pass


# --- going on ---------------------------------------------------------------------------------------------------------


def test_a_training_that_has_scores_but_no_checkpoint_is_not_started_over(text, tmp_path):
    LanguageModel(**SMALL).fit(text, out=tmp_path / "run", progress=False)
    before = (tmp_path / "run" / "model.safetensors").read_bytes()
    (tmp_path / "run" / "last" / "checkpoint.safetensors").unlink()
    (tmp_path / "run" / "last").rmdir()
    with pytest.raises(DataError, match=r"checkpoint\.safetensors: expected the checkpoint of a training, found noth"):
        recurra.resume(tmp_path / "run", progress=False)
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == before


def test_a_saved_model_has_no_training_to_go_on_with(tmp_path, fitted):
    for job, (task, _) in fitted.items():
        task.save(tmp_path / job)
        with pytest.raises(DataError, match=f"{job}: expected a training to go on with, got a saved model"):
            recurra.resume(tmp_path / job, progress=False)
    assert json.loads((tmp_path / "tagger" / "config.json").read_text())["data"] == {}


def _files(job, folder):
    """Data of a job in files: what to train on, what to validate on, and a change of the validation data."""
    if job == "translator":
        for name in ("t.tsv", "v.tsv"):
            (folder / name).write_text("".join(f"w{i} a\ta w{i}\n" for i in range(30)))
        return folder / "t.tsv", folder / "v.tsv", ("w1 a\t", "w1a \t")
    if job == "tagger":
        for name in ("t.conll", "v.conll"):
            (folder / name).write_text("Ann B-PER\nsings O\n\nBob B-PER\nruns O\n\n" * 10)
        return folder / "t.conll", folder / "v.conll", ("Bob", "Bab")
    if job == "language-model":
        for name in ("t.txt", "v.txt"):
            (folder / name).write_text("one two three four five\n" * 20)
        return folder / "t.txt", folder / "v.txt", ("two", "tow")
    for name in ("t.tsv", "v.tsv"):
        (folder / name).write_text("".join(f"{'ab'[i % 2]}\tword{i} more\n" for i in range(30)))
    return folder / "t.tsv", folder / "v.tsv", ("word1 more\na\tw", "word1 morew\na\t")


@pytest.mark.parametrize("job", ["language-model", "classifier", "tagger", "translator"])
def test_changed_validation_data_are_noticed(job, tmp_path, fitted):
    train, valid, (old, new) = _files(job, tmp_path)
    small = {"sequence_length": 5, "batch_size": 2} if job == "language-model" else {}
    task = type(fitted[job][0])(hidden_size=4, epochs=1, threads=1, **small)
    task.fit(train, valid=valid, out=tmp_path / "run", progress=False)
    recurra.resume(tmp_path / "run", progress=False)
    content = valid.read_text()
    assert old in content
    valid.write_text(content.replace(old, new, 1))
    with pytest.raises(DataError, match=f"{valid}: expected the data that .* was begun with, got other content to val"):
        recurra.resume(tmp_path / "run", progress=False)
    valid.write_text(content)
    train.write_text(train.read_text().replace(old, new, 1))
    with pytest.raises(DataError, match=f"{train}: expected the data that .* was begun with, got other content to lea"):
        recurra.resume(tmp_path / "run", progress=False)


def test_a_letter_moved_to_the_next_text_is_noticed(tmp_path):
    train, _, _ = _files("classifier", tmp_path)
    SequenceClassifier(hidden_size=4, epochs=1, threads=1).fit(train, out=tmp_path / "run", progress=False)
    content = train.read_text()
    train.write_text(content.replace("word1 more\na\tword2", "word1 mor\na\teword2"))
    assert train.read_text() != content
    with pytest.raises(DataError, match="was begun with"):
        recurra.resume(tmp_path / "run", progress=False)


def test_a_training_validated_on_arrays_cannot_be_resumed(tmp_path, fitted):
    train, _, _ = _files("translator", tmp_path)
    translator = Translator(hidden_size=4, epochs=1, threads=1)
    translator.fit(train, valid=(["a b"], ["b a"]), out=tmp_path / "run", progress=False)
    with pytest.raises(DataError, match="expected a training on files, got one on arrays"):
        recurra.resume(tmp_path / "run", progress=False)


def test_an_estimator_whose_fit_fails_expects_the_features_it_was_fitted_on(fitted):
    classifier, answer = fitted["classifier"]
    before = answer(classifier)
    with pytest.raises(DataError):
        classifier.fit(np.zeros((8, 3, 5)), ["a"] * 8)
    assert classifier.n_features_in_ == 2
    assert answer(classifier) == before


# --- more epochs ------------------------------------------------------------------------------------------------------


def _records(run) -> list[dict]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_a_finished_training_goes_on_for_more_epochs(text, tmp_path):
    LanguageModel(**SMALL).fit(text, out=tmp_path / "run", progress=False)
    before = _records(tmp_path / "run")
    task = recurra.resume(tmp_path / "run", epochs=4, progress=False)
    records = _records(tmp_path / "run")
    assert records[: len(before)] == before
    assert [record["epoch"] for record in records] == [1, 2, 3, 4]
    assert task.get_params()["epochs"] == recurra.load(tmp_path / "run").get_params()["epochs"] == 4
    assert records[2]["learning_rate"] > before[-1]["learning_rate"]  # the schedule is that of four epochs
    assert records[-1]["learning_rate"] == pytest.approx(before[-1]["learning_rate"], rel=0.05)


def test_more_epochs_interrupted_and_resumed_end_as_left_alone(text, tmp_path, monkeypatch):
    for name in ("whole", "stopped"):
        LanguageModel(**SMALL, dropout=0.3).fit(text, out=tmp_path / name, progress=False)
    recurra.resume(tmp_path / "whole", epochs=4, progress=False)
    _interrupt_at(_records(tmp_path / "stopped")[-1]["step"] + 3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        recurra.resume(tmp_path / "stopped", epochs=4, progress=False)
    monkeypatch.undo()
    recurra.resume(tmp_path / "stopped", progress=False)
    whole, stopped = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "stopped"))
    assert whole == stopped


def test_fewer_epochs_than_a_run_has_are_refused(text, tmp_path):
    LanguageModel(**SMALL).fit(text, out=tmp_path / "run", progress=False)
    before = (tmp_path / "run" / "config.json").read_bytes()
    with pytest.raises(DataError, match=rf"epochs: expected at least 2, those of {tmp_path / 'run'}, got 1"):
        recurra.resume(tmp_path / "run", epochs=1, progress=False)
    assert (tmp_path / "run" / "config.json").read_bytes() == before


def test_a_training_that_was_stopped_early_goes_on_when_it_is_given_more_epochs(text, tmp_path, monkeypatch):
    settings = SMALL | {"epochs": 9, "early_stopping": 1, "learning_rate": 1e-12, "optimizer": "sgd"}
    LanguageModel(**settings).fit(text, out=tmp_path / "run", progress=False)
    count = len(_records(tmp_path / "run"))
    assert count < 9
    recurra.resume(tmp_path / "run", progress=False)
    assert len(_records(tmp_path / "run")) == count
    recurra.resume(tmp_path / "run", epochs=12, progress=False)
    assert len(_records(tmp_path / "run")) > count
