import numpy as np
import pytest

import recurra
from recurra.explain import gradients

SERIES = [np.random.default_rng(n).normal(size=(5 + n % 4, 2)).astype("float32") for n in range(24)]
CLASSES = ["up" if series.sum() > 0 else "down" for series in SERIES]
SENTENCES = [["the", "dog", "runs"], ["a", "cat", "sleeps", "well"]] * 8
LABELS = [["D", "N", "V"], ["D", "N", "V", "A"]] * 8
PAIRS = [("zwei eins drei", "two one three"), ("eins zwei", "one two")] * 8

CLIPS = [np.random.default_rng(n).integers(256, size=(6, 8, 8, 3), dtype=np.uint8) for n in range(16)]

JOBS = {
    "classifier of clips": (recurra.VideoClassifier(hidden_size=8, channels=2, frame_size=8), (CLIPS, ["a", "b"] * 8)),
    "classifier": (recurra.SequenceClassifier(bidirectional=True, num_layers=2, hidden_size=8), (SERIES, CLASSES)),
    "tagger": (recurra.Tagger(), (SENTENCES, LABELS)),
    "translator": (recurra.Translator(hidden_size=8), PAIRS),
    "translator with input feeding": (recurra.Translator(hidden_size=8, input_feeding=True), PAIRS),
}


@pytest.mark.parametrize("job", JOBS)
def test_gradients_and_cures_of_every_job(job):
    task, data = JOBS[job]
    task.fit(data, epochs=1, progress=False)
    found = gradients(task, data, cure=["lstm", "gru", "orthogonal", "forget_bias", "layer_norm"], steps=2)
    assert found.loss_meaning is None
    assert found.not_finite is None
    assert all(layer.error < 1e-5 for layer in found.layers)
    assert len({layer.name for layer in found.layers}) == len(found.layers)
    assert len(found.trials) >= 4
