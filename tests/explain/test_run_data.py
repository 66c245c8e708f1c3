"""The data that a run can be explained on."""

import numpy as np
import pytest

from recurra import DataError, LanguageModel, SequenceClassifier
from recurra.explain.run_data import data_of

FEW = {"hidden_size": 4, "epochs": 1, "threads": 1, "warmup_steps": 0}


@pytest.fixture
def text(tmp_path):
    file = tmp_path / "text.txt"
    file.write_text("to be or not to be\n" * 40)
    return file


def fit(text, folder, **more):
    model = LanguageModel(**FEW, num_layers=1, sequence_length=8, batch_size=2)
    model.fit(text, out=folder, progress=False, **more)
    return folder


def test_what_was_validated_on_comes_first(text, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text(text.read_text())
    assert data_of(fit(text, tmp_path / "one")) == str(text)
    assert data_of(fit(text, tmp_path / "two", valid=other)) == str(other)


def test_data_that_are_gone_are_named(text, tmp_path):
    run = fit(text, tmp_path / "run")
    text.unlink()
    with pytest.raises(DataError, match=r"text\.txt: expected the data of .*run, found none; name others"):
        data_of(run)


def test_a_run_on_arrays_and_a_saved_model_name_none(tmp_path):
    X = np.random.default_rng(0).normal(size=(12, 5, 2)).astype(np.float32)
    model = SequenceClassifier(**FEW).fit(X, ["a", "b"] * 6, out=tmp_path / "run")
    model.save(tmp_path / "saved")
    for name in ("run", "saved"):
        with pytest.raises(DataError, match=f"{name}: expected a run that names its data, got one on arrays"):
            data_of(tmp_path / name)
