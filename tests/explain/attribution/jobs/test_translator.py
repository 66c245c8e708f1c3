"""Which words of the source decided a word of the translation, and where the decoder looked."""

import numpy as np
import pytest

from recurra import DataError, Translator
from recurra.explain import attribution

TEXT = "ein hund 2"


def test_the_translation_is_explained_symbol_by_symbol(translator):
    made = attribution(translator, TEXT)
    (sequence,) = made.sequences
    assert sequence.inputs == ["ein", "hund", "2", "(end)"]
    assert " ".join(sequence.outputs[:-1]) == translator.translate(TEXT)
    assert sequence.matrix.shape == (len(sequence.outputs), 4)
    assert made.largest_gap() < 0.01


def test_attention_is_where_the_decoder_looked(translator):
    (sequence,) = attribution(translator, TEXT).sequences
    assert sequence.attention.sum(1) == pytest.approx(np.ones(len(sequence.outputs)))
    described = translator.describe([TEXT], with_alignment=True)[0]["translations"][0]["attention"]
    np.testing.assert_allclose(sequence.attention[:-1, :-1], described, atol=1e-5)


def test_the_number_that_is_copied_comes_from_the_number(translator):
    (sequence,) = attribution(translator, TEXT).sequences
    row = sequence.outputs.index("2")
    assert sequence.inputs[sequence.strongest(row)[0]] == "2"


def test_nothing_to_translate_is_refused(translator):
    for text in ("", " "):
        with pytest.raises(DataError, match="expected one to translate, got none"):
            attribution(translator, text)


def test_pieces_of_words_are_summed_into_words():
    pairs = [(f"ein Hund Nummer {i % 4}", f"a dog number {i % 4}") for i in range(40)]
    settings = {"hidden_size": 16, "embedding_size": 8, "threads": 1, "warmup_steps": 0, "learning_rate": 0.02}
    task = Translator(**settings, tokenizer="char", epochs=12, batch_size=8, dropout=0.0).fit(pairs, progress=False)
    made = attribution(task, "ein Hund Nummer 2")
    (sequence,) = made.sequences
    assert sequence.inputs == ["ein", "Hund", "Nummer", "2", "(end)"]
    assert sequence.outputs[:-1] == task.translate("ein Hund Nummer 2").split()
    sums = sequence.matrix.sum(1) - (sequence.scores - sequence.baseline_scores)
    np.testing.assert_allclose(sums, sequence.gaps, atol=1e-5)
    described = task.describe(["ein Hund Nummer 2"], with_alignment=True)[0]["translations"][0]["attention"]
    np.testing.assert_allclose(sequence.attention[:-1, :-1], described, atol=1e-5)
