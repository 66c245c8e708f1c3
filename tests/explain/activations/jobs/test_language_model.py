"""The text that a language model reads, and what is said of it."""

import numpy as np

from recurra.explain.activations.jobs.language_model import subject_of
from recurra.explain.activations.subject import recorded


def test_symbols_and_properties_are_those_of_the_text(language_model, text_file):
    subject = subject_of(language_model, text_file, None, 100)
    text = text_file.read_text()[:100]
    assert "".join(subject.symbols[0]) == text
    assert subject.properties["inside brackets"][0].sum() == 2 * len("(not")
    assert subject.gap == 0


def test_states_are_those_of_the_model(language_model, text_file):
    found = recorded(subject_of(language_model, text_file, None, 50))
    expected = language_model.features(text_file.read_text()[:50]).numpy()
    np.testing.assert_allclose(found.values["h_l0"][0], expected, atol=1e-5)
