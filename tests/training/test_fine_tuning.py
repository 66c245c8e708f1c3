"""Trainings that start from what another has learnt, for every job, and what is refused."""

import json

import numpy as np
import pytest
import torch

import recurra
from recurra import DataError, LanguageModel, SequenceClassifier, SequenceRegressor, Tagger, Translator

FEW = {"epochs": 1, "threads": 1, "hidden_size": 6}
STREAM = {"num_layers": 1, "sequence_length": 5, "batch_size": 2}
NOTHING = {"epochs": 1, "learning_rate": 1e-30, "average_decay": 0.0}  # a training that leaves weights as they are


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run of each job, and other data for it under the same name."""
    folder = tmp_path_factory.mktemp("bases")
    rng = np.random.default_rng(0)
    (folder / "language-model.txt").write_text("one two three four five\n" * 20)
    (folder / "classifier.tsv").write_text("".join(f"{'ab'[i % 2]}\tword{i % 5} more\n" for i in range(30)))
    (folder / "tagger.conll").write_text("Ann B-PER\nsings O\n\nBob B-PER\nruns O\n\n" * 10)
    (folder / "translator.tsv").write_text("".join(f"w{i % 5} a\ta w{i % 5}\n" for i in range(30)))
    np.savez(folder / "regressor.npz", X=rng.normal(size=(20, 5, 2)), y=rng.normal(size=20))
    (folder / "other").mkdir()
    (folder / "other" / "language-model.txt").write_text("five four three two one\n" * 20)
    (folder / "other" / "classifier.tsv").write_text("".join(f"{'ba'[i % 2]}\tword{i % 7} less\n" for i in range(20)))
    (folder / "other" / "tagger.conll").write_text("Eve B-PER\nsleeps O\n\n" * 10)
    (folder / "other" / "translator.tsv").write_text("".join(f"v{i % 5} b\tb v{i % 5}\n" for i in range(30)))
    np.savez(folder / "other" / "regressor.npz", X=7 + rng.normal(size=(20, 5, 2)), y=9 + rng.normal(size=20))
    LanguageModel(**FEW, **STREAM).fit(folder / "language-model.txt", out=folder / "language-model", progress=False)
    SequenceClassifier(**FEW).fit(folder / "classifier.tsv", out=folder / "classifier", progress=False)
    SequenceRegressor(**FEW).fit(folder / "regressor.npz", out=folder / "regressor", progress=False)
    Tagger(**FEW).fit(folder / "tagger.conll", out=folder / "tagger", progress=False)
    Translator(**FEW, tokenizer="word").fit(folder / "translator.tsv", out=folder / "translator", progress=False)
    return folder


JOBS = {
    "language-model": (LanguageModel, "txt"),
    "classifier": (SequenceClassifier, "tsv"),
    "regressor": (SequenceRegressor, "npz"),
    "tagger": (Tagger, "conll"),
    "translator": (Translator, "tsv"),
}


@pytest.fixture(params=JOBS)
def job(request, folder):
    """A class, its run, and other data for it."""
    task, suffix = JOBS[request.param]
    return task, folder / request.param, folder / "other" / f"{request.param}.{suffix}"


def _same(one, other) -> bool:
    return one.keys() == other.keys() and all(torch.allclose(one[name], other[name], atol=1e-12) for name in one)


def test_a_training_starts_from_the_weights_labels_and_symbols_of_a_run(job, tmp_path):
    task, base, other = job
    tuned = task(**NOTHING).fit(other, start_from=base, out=tmp_path / "run", progress=False)
    assert _same(tuned.network.state_dict(), recurra.load(base).network.state_dict())
    for file in base.glob("*.json"):
        if file.name != "config.json" and "layout" not in file.read_text():
            assert (tmp_path / "run" / file.name).read_bytes() == file.read_bytes()
    settings, before = (json.loads((run / "config.json").read_text())["settings"] for run in (tmp_path / "run", base))
    assert settings == before | NOTHING


def test_a_training_from_a_run_learns_and_can_be_resumed(job, tmp_path, monkeypatch):
    task, base, other = job
    tuned = task(epochs=2, learning_rate=0.01).fit(other, start_from=base, out=tmp_path / "run", progress=False)
    assert not _same(tuned.network.state_dict(), recurra.load(base).network.state_dict())
    before = (tmp_path / "run" / "model.safetensors").read_bytes()
    recurra.resume(tmp_path / "run", progress=False)
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == before


def test_a_fitted_task_can_be_started_from_itself_too(job):
    _, base, other = job
    loaded = recurra.load(base)
    loaded.fit(other, start_from=loaded, progress=False, **NOTHING)
    assert _same(loaded.network.state_dict(), recurra.load(base).network.state_dict())


def test_settings_that_would_make_another_network_are_refused_by_name(job):
    task, base, other = job
    names = {"hidden_size": 8, "num_layers": 3, "cell": "rnn"}
    for name, value in names.items():
        with pytest.raises(DataError, match=rf"^{name}: expected .*, as {base} has, got .*keeps its network"):
            task().fit(other, start_from=base, progress=False, **{name: value})
        with pytest.raises(DataError, match=rf"^{name}: expected"):
            task(**{name: value}).fit(other, start_from=recurra.load(base), progress=False)


OTHER_PARTS = [
    ("language-model", "tokenizer", "word"),
    ("language-model", "tie_embeddings", False),
    ("classifier", "lowercase", True),
    ("classifier", "pooling", "mean"),
    ("regressor", "standardize", False),
    ("regressor", "bidirectional", False),
    ("tagger", "min_count", 2),
    ("tagger", "crf", False),
    ("tagger", "char_encoder", "none"),
    ("translator", "share_vocabulary", False),
    ("translator", "attention", "none"),
    ("translator", "embedding_size", 8),
]


@pytest.mark.parametrize(("name", "setting", "value"), OTHER_PARTS)
def test_settings_that_would_make_other_symbols_or_weights_are_refused_by_name(name, setting, value, folder):
    task, suffix = JOBS[name]
    with pytest.raises(DataError, match=rf"^{setting}: expected"):
        task().fit(folder / "other" / f"{name}.{suffix}", start_from=folder / name, **{setting: value})


def test_settings_of_the_training_alone_may_be_changed(job):
    task, base, other = job
    tuned = task(dropout=0.4, seed=5).fit(other, start_from=base, progress=False, epochs=2, batch_size=4)
    chosen = {name: tuned.get_params()[name] for name in ("dropout", "seed", "epochs", "batch_size", "hidden_size")}
    assert chosen == {"dropout": 0.4, "seed": 5, "epochs": 2, "batch_size": 4, "hidden_size": 6}


def test_another_job_or_nothing_fitted_is_refused(folder):
    with pytest.raises(DataError, match="expected a run of classifier, got one of tagger"):
        SequenceClassifier().fit(folder / "classifier.tsv", start_from=folder / "tagger")
    with pytest.raises(DataError, match="start_from: expected a run folder or a fitted SequenceClassifier"):
        SequenceClassifier().fit(folder / "classifier.tsv", start_from=recurra.load(folder / "tagger"))
    with pytest.raises(DataError, match="expected a fitted model"):
        Tagger().fit(folder / "tagger.conll", start_from=Tagger())
    with pytest.raises(DataError, match=r"found no config\.json"):
        Tagger().fit(folder / "tagger.conll", start_from=folder / "nowhere")


def test_labels_that_were_not_learnt_are_refused_with_their_place(folder, tmp_path):
    (tmp_path / "new.tsv").write_text("c\tword1 more\n" * 20)
    with pytest.raises(DataError, match=r"new\.tsv:1: expected one of the labels a, b, got 'c'"):
        SequenceClassifier().fit(tmp_path / "new.tsv", start_from=folder / "classifier")
    (tmp_path / "new.conll").write_text("Oslo B-LOC\n\n" * 10)
    with pytest.raises(DataError, match=r"new\.conll:1: expected labels"):
        Tagger().fit(tmp_path / "new.conll", start_from=folder / "tagger")


def test_the_weights_of_classes_are_those_of_the_new_data(folder):
    data = folder / "other" / "classifier.tsv"
    tuned = SequenceClassifier(**NOTHING).fit(
        data, start_from=folder / "classifier", class_weight={"a": 3.0}, progress=False
    )
    assert tuned.network.class_weight.tolist() == [3.0, 1.0]


def test_arrays_can_be_learnt_on_with_the_standardization_of_before():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 6, 2)), ["a", "b"] * 20
    first = SequenceClassifier(**FEW).fit(x, y)
    mean = first.network.standardize.mean.clone()
    second = SequenceClassifier().fit(x + 5, y, start_from=first, epochs=1)
    assert torch.equal(second.network.standardize.mean, mean)
    assert second.hidden_size == 6


def test_a_training_that_fails_leaves_both_tasks_as_they_were(folder):
    base, task = recurra.load(folder / "tagger"), Tagger(hidden_size=9)
    before = {name: value.clone() for name, value in base.network.state_dict().items()}
    with pytest.raises(DataError):
        task.fit("nowhere.conll", start_from=base)
    assert task.get_params()["hidden_size"] == 9
    assert task.network is None
    assert _same(base.network.state_dict(), before)
