"""All that a job offers can be done inside `torch.inference_mode()`, with the results that it has outside."""

from pathlib import Path

import numpy as np
import pytest
import torch

import recurra
from recurra import LanguageModel, SequenceClassifier, SequenceRegressor, Tagger, Translator

LANGUAGE = {"hidden_size": 8, "num_layers": 1, "batch_size": 4, "sequence_length": 10, "epochs": 1, "threads": 1}
SEQUENCE = {"hidden_size": 6, "epochs": 1, "batch_size": 8, "threads": 1}
TAGGING = {"hidden_size": 6, "epochs": 1, "threads": 1}
TRANSLATION = {
    "tokenizer": "char",
    "hidden_size": 8,
    "embedding_size": 8,
    "epochs": 1,
    "batch_tokens": 100,
    "threads": 1,
}
SENTENCES = [["Ann", "went", "home"], ["Bob", "saw", "Ann", "there"]] * 6
LABELS = [["B-PER", "O", "O"], ["B-PER", "O", "B-PER", "O"]] * 6
X = np.random.default_rng(1).normal(size=(24, 5, 2)).astype(np.float32)


def _language_model(folder: Path) -> LanguageModel:
    path = folder / "text.txt"
    path.write_text("the quick brown fox jumps over the lazy dog, and rests.\n" * 20)
    return LanguageModel(**LANGUAGE).fit(path, progress=False)


def _classifier(folder: Path) -> SequenceClassifier:
    return SequenceClassifier(**SEQUENCE).fit(X, np.where(X[:, 0, 0] > 0, "up", "down"), progress=False)


def _regressor(folder: Path) -> SequenceRegressor:
    return SequenceRegressor(**SEQUENCE).fit(X, X.sum((1, 2)), progress=False)


def _tagger(folder: Path) -> Tagger:
    return Tagger(**TAGGING).fit(SENTENCES, LABELS, progress=False)


def _translator(folder: Path) -> Translator:
    texts = ["01", "012", "21", "210", "1", "0"] * 4
    return Translator(**TRANSLATION).fit(texts, [text[::-1] for text in texts], progress=False)


JOBS = {
    _language_model: {
        "generate": lambda job: job.generate("the", 20, seed=1),
        "stream": lambda job: list(job.stream("the", 5, seed=1)),
        "score": lambda job: job.score("the fox"),
        "features": lambda job: job.features("the fox").tolist(),
    },
    _classifier: {
        "predict": lambda job: job.predict(X).tolist(),
        "predict_proba": lambda job: job.predict_proba(X).tolist(),
        "score": lambda job: job.score(X, np.where(X[:, 0, 0] > 0, "up", "down")),
    },
    _regressor: {"predict": lambda job: job.predict(X).tolist(), "score": lambda job: job.score(X, X.sum((1, 2)))},
    _tagger: {"tag": lambda job: job.tag(SENTENCES[:2]), "describe": lambda job: job.describe(SENTENCES[:2])},
    _translator: {
        "translate": lambda job: job.translate(["01", "210"]),
        "describe": lambda job: str(job.describe(["01"], with_alignment=True)),
    },
}


@pytest.mark.parametrize("make", JOBS, ids=lambda make: make.__name__)
def test_a_job_is_learnt_loaded_and_used_in_inference_mode(make, tmp_path):
    expected_job = make(tmp_path)
    expected = {name: verb(expected_job) for name, verb in JOBS[make].items()}
    with torch.inference_mode():
        job = make(tmp_path)
        job.save(tmp_path / "run")
        loaded = recurra.load(tmp_path / "run")
        inside = {name: verb(loaded) for name, verb in JOBS[make].items()}
    assert inside == expected
    assert {name: verb(loaded) for name, verb in JOBS[make].items()} == expected
    assert not any(weight.is_inference() for weight in loaded.network.parameters())
