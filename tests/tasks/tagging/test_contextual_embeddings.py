"""States of a language model at words, held to those at each character, and a tagger that reads them."""

import numpy as np
import pytest
import torch

import recurra
from recurra import DataError, LanguageModel, Tagger
from recurra.tasks.tagging.contextual_embeddings import WordStates

SENTENCES = [["Ann", "went", "."], ["in", "Rome"], [], ["A"], ["Bob", "Lee", "went", "to", "Bonn", "and", "Oslo"]] * 3
LABELS = [["PLACE" if word in ("Rome", "Bonn", "Oslo") else "X" for word in words] for words in SENTENCES]
SMALL = {"hidden_size": 9, "num_layers": 2, "epochs": 4, "batch_size": 2, "sequence_length": 8, "threads": 1}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Run folders of language models."""
    folder = tmp_path_factory.mktemp("runs")
    text = folder / "text.txt"
    text.write_text("\n".join(" ".join(words) for words in SENTENCES * 4) + "\n")
    for name, settings in {
        "both": {"bidirectional": True},
        "forward": {"bidirectional": False},
        "word": {"tokenizer": "word"},
    }.items():
        LanguageModel(**SMALL | settings).fit(text, out=folder / name, progress=False)
    return folder


@pytest.mark.parametrize("direction", ["both", "forward"])
def test_states_are_those_at_the_ends_of_words(runs, direction, monkeypatch):
    monkeypatch.setattr("recurra.tasks.tagging.contextual_embeddings._AT_ONCE", 40)  # characters: more than one batch
    model = recurra.load(runs / direction)
    states = WordStates(model)
    assert states.size == (18 if direction == "both" else 9)
    for words, found in zip(SENTENCES, states.of(SENTENCES), strict=True):
        assert found.shape == (len(words), states.size)
        if not words:
            continue
        features = model.features("\n" + " ".join(words) + "\n")
        at = 1
        for word, own in zip(words, torch.from_numpy(found).float(), strict=True):
            end = at + len(word) - 1
            expected = torch.cat([features[end, :9], features[at, 9:]])
            torch.testing.assert_close(own, expected, atol=1e-3, rtol=1e-3)
            at = end + 2


def test_characters_never_seen_are_unknown_ones(runs):
    states = WordStates(recurra.load(runs / "both"))
    one, other = states.of([["Rome", "ß"], ["Rome", "☃"]])
    assert np.array_equal(one, other)


def test_a_tagger_reads_them_and_keeps_the_model(runs, tmp_path):
    settings = {
        "hidden_size": 12,
        "word_embedding_size": 0,
        "affix_embedding_size": 0,
        "capital_embedding_size": 0,
        "char_encoder": "none",
    }
    settings |= {"language_model": str(runs / "both"), "context_size": 8, "threads": 1, "learning_rate": 0.05}
    tagger = Tagger(**settings, epochs=80, batch_size=4, warmup_steps=0, dropout=0.1, valid_fraction=0)
    kept = [i for i, words in enumerate(SENTENCES) if words]
    words, labels = [SENTENCES[i] for i in kept], [LABELS[i] for i in kept]
    tagger.fit(words, labels, out=tmp_path / "run", progress=False)
    found = tagger.tag(words)
    assert found == labels
    loaded = recurra.load(tmp_path / "run")
    assert loaded.tag(words) == found
    assert loaded.describe([["to", "Oslo"]]) == tagger.describe([["to", "Oslo"]])
    assert (tmp_path / "run" / "language_model" / "model.safetensors").exists()
    Tagger(threads=1, epochs=1).fit(words, labels, out=tmp_path / "run", overwrite=True, progress=False)
    assert not (tmp_path / "run" / "language_model").exists()


def test_a_model_of_words_is_refused(runs, tmp_path):
    with pytest.raises(DataError, match="language_model: expected one of characters, got one of tokenizer='word'"):
        Tagger(language_model=str(runs / "word")).fit(SENTENCES, LABELS, progress=False)
    with pytest.raises(DataError, match=r"found no config\.json there"):
        Tagger(language_model=str(tmp_path)).fit(SENTENCES, LABELS, progress=False)
