"""Whole Keras programs: the import changes, and nothing else."""

import re
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("recurra.keras", reason="Keras is not installed")
import keras
from recurra.keras.models import Sequential

import recurra.keras
from recurra.keras import layers

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own use of NumPy

ours, theirs = recurra.keras.layers, keras.layers
NAMES = ("SimpleRNN", "LSTM", "GRU")


def texts_and_answers() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    x = random.integers(1, 9, (24, 6))
    for row, length in zip(x, random.integers(1, 7, 24), strict=True):
        row[length:] = 0
    return x, (x[:, 0] > 4).astype(np.float32)


def program(of, name: str) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((None,)),
            keras.layers.Embedding(9, 4, mask_zero=True),
            of.Bidirectional(getattr(of, name)(5, return_sequences=True)),
            getattr(of, name)(5),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("name", NAMES)
def test_fit_takes_the_same_way(name: str) -> None:
    x, y = texts_and_answers()
    losses, models = [], []
    for of in (theirs, ours):
        keras.utils.set_random_seed(1)
        models.append(program(of, name))
        losses.append(models[-1].fit(x, y, epochs=5, batch_size=8, verbose=0).history["loss"])
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)
    assert losses[1][-1] < losses[1][0]
    np.testing.assert_allclose(models[1].predict(x, verbose=0), models[0].predict(x, verbose=0), atol=1e-4)


def test_weights_go_over_and_back(tmp_path) -> None:
    x, _ = texts_and_answers()
    mine, keras_own = program(ours, "LSTM"), program(theirs, "LSTM")
    keras_own.save_weights(tmp_path / "own.weights.h5")
    mine.load_weights(tmp_path / "own.weights.h5")
    expected = keras_own.predict(x, verbose=0)
    np.testing.assert_allclose(mine.predict(x, verbose=0), expected, atol=1e-6)
    keras_own.set_weights([weight + 1 for weight in mine.get_weights()])
    assert not np.allclose(keras_own.predict(x, verbose=0), expected)


def test_a_saved_model_is_loaded(tmp_path) -> None:
    x, y = texts_and_answers()
    model = program(ours, "GRU")
    model.fit(x, y, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = recurra.keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded.layers[1]) is ours.Bidirectional
    assert type(loaded.layers[1].forward_layer) is type(loaded.layers[2]) is ours.GRU
    np.testing.assert_allclose(loaded.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_of_keras_own_is_accelerated(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = texts_and_answers()
    model = program(theirs, name)
    model.fit(x, y, verbose=0)
    expected = model.predict(x, verbose=0)
    assert recurra.keras.accelerate(model) is model
    bidirectional, layer = model.layers[1:3]
    assert type(bidirectional) is ours.Bidirectional
    assert type(bidirectional.backward_layer) is type(layer) is getattr(ours, name)
    monkeypatch.setattr("keras.src.backend.rnn", None)  # Keras' own loop
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, atol=1e-5)
    before = model.get_weights()
    model.fit(x, y, verbose=0)
    assert all((old != new).any() for old, new in zip(before, model.get_weights(), strict=True))


def test_all_else_is_keras_own() -> None:
    assert Sequential is keras.Sequential
    assert layers.Dense is keras.layers.Dense
    assert recurra.keras.ops is keras.ops
    assert {"Dense", "LSTM", "Bidirectional"} <= set(dir(layers))
    assert "optimizers" in dir(recurra.keras)
    with pytest.raises(AttributeError, match="Dens"):
        _ = layers.Dens


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("import os; os.environ['KERAS_BACKEND'] = 'jax'; import recurra.keras", "expected Keras on its torch backend"),
        ("import sys; sys.modules['keras'] = None; import recurra.keras", r"pip install 'recurra\[keras\]'"),
    ],
)
def test_what_is_missing_is_said(lines: str, expected: str) -> None:
    if "jax" in lines:
        pytest.importorskip("jax")
    done = subprocess.run([sys.executable, "-c", lines], check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert re.search(expected, done.stderr), done.stderr
