"""Keras programs fitted in a process of their own, as a Keras backend can be chosen once a process.

Run as a script with a backend and the layers to use, "torch keras", "torch recurra" or "jax keras", it answers requests
on standard input, one JSON object a line, each to fit a program once more. `Worker` is the other end.
"""

import json
import os
import subprocess
import sys
import time
from typing import Any

import numpy as np

FEATURES, CLASSES, RATE = 16, 10, 2e-3
COURSE = {"X": [[0, 1], [1, 0], [1, 1], [0, 1]], "y": [1, 0, 1, 0], "epochs": 200, "batch_size": 10}


def series(sequences: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of noise and their classes, which every contender is given."""
    random = np.random.default_rng(1)
    x = random.normal(size=(sequences, steps, FEATURES)).astype(np.float32)
    return x, random.integers(0, CLASSES, sequences)


class Worker:
    """A process that fits Keras programs; `fit` gives the seconds of one more fit."""

    def __init__(self, backend: str, of: str, threads: int):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")
        settings = dict.fromkeys(names, str(threads)) | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
        self.process = subprocess.Popen(
            [sys.executable, __file__, backend, of],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | settings,
        )

    def fit(self, request: dict[str, Any]) -> float:
        """Fit once more: {"program": "course"}, or "series" with cell, sequences, steps, hidden_size and so on."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(request), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process ended with exit code {self.process.wait()}")
        return float(line)

    def close(self) -> None:
        self.process.communicate()


# --- the other end ----------------------------------------------------------------------------------------------------


def course(keras: Any, layers: Any) -> Any:
    """The first program of the course, made ready to fit."""
    x, y = np.array(COURSE["X"]).reshape(4, 2, 1), np.array(COURSE["y"])
    model = keras.Sequential([keras.Input((2, 1)), layers.SimpleRNN(50), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return lambda: model.fit(x, y, epochs=COURSE["epochs"], batch_size=COURSE["batch_size"], verbose=0)


def classify(keras: Any, layers: Any, request: dict[str, Any]) -> Any:
    """A classifier of series, made ready to fit; on JAX with the better of one and sixteen steps a call."""
    x, y = series(request["sequences"], request["steps"])
    length = request.get("shortest")
    layer = getattr(layers, {"rnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}[request["cell"]])(request["hidden_size"])
    if request.get("bidirectional"):
        layer = layers.Bidirectional(layer)
    masking = [keras.layers.Masking()] if length else []
    if length:
        ends = np.random.default_rng(2).integers(length, x.shape[1] + 1, len(x))
        x[np.arange(x.shape[1]) >= ends[:, None]] = 0
    model = keras.Sequential([keras.Input(x.shape[1:]), *masking, layer, keras.layers.Dense(CLASSES)])

    def fit(at_once: int = 1) -> None:
        if at_once != getattr(model, "at_once", 0):
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(optimizer=keras.optimizers.Adam(RATE), loss=loss, steps_per_execution=at_once)
            model.at_once = at_once
        model.fit(x, y, epochs=request["epochs"], batch_size=request["batch_size"], verbose=0)

    if keras.backend.backend() != "jax":
        return fit
    seconds = {at_once: min(timed(lambda n=at_once: fit(n)) for _ in range(2)) for at_once in (1, 16)}
    best = min(seconds, key=seconds.__getitem__)
    return lambda: fit(best)


def timed(call: Any) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def serve(of: str) -> None:
    if of == "recurra":
        import recurra.keras as keras
    else:
        import keras
    ready: dict[str, Any] = {}
    for line in sys.stdin:
        request = json.loads(line)
        if line not in ready:
            make = course if request["program"] == "course" else classify
            ready = {line: make(keras, keras.layers, *([] if request["program"] == "course" else [request]))}
            ready[line]()  # what is traced and compiled does not count
        print(timed(ready[line]), flush=True)


if __name__ == "__main__":
    serve(sys.argv[2])
