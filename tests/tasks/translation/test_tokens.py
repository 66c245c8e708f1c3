"""Symbols of translations with their probabilities, and the texts that they add."""

import numpy as np
import pytest

from recurra import Translator
from recurra.data.text.tokenizers import Tokenizer
from recurra.tasks.translation import tokens

TEXTS = ["ein Hund rennt", "die Katze schläft 😀", "ein Kind"]
FEW = {"hidden_size": 8, "embedding_size": 6, "epochs": 2, "threads": 1}


@pytest.fixture(scope="module", params=["char", "word", "bpe"])
def translator(request):
    size = 300 if request.param == "bpe" else 0
    made = Translator(**FEW, tokenizer=request.param, vocabulary_size=size, max_length=30, beam_size=3)
    return made.fit(TEXTS * 6, [text[::-1] for text in TEXTS] * 6, progress=False)


@pytest.mark.parametrize("kind", ["char", "word", "bpe"])
def test_what_symbols_add_is_the_text(kind):
    tokenizer = Tokenizer.learn(kind, TEXTS, 300 if kind == "bpe" else 0)
    for text in TEXTS:
        numbers = tokenizer.encode(text).tolist()
        assert "".join(tokens.texts_of(tokenizer, numbers)) == text
    assert tokens.next_text(tokenizer, numbers, len(tokenizer)) == ""


def test_the_beginning_of_a_character_is_shown_as_such_where_nothing_completes_it():
    tokenizer = Tokenizer.learn("bpe", TEXTS, 257)
    (first, *_) = tokenizer.encode("😀").tolist()
    assert tokens.next_text(tokenizer, [], first) == ""
    assert tokens.next_text(tokenizer, [], first, is_last=True) == "\ufffd"


def test_probabilities_are_those_of_the_translation(translator):
    (described,) = translator.describe(["ein Hund"], n_best=3, top_tokens=4)
    (hypotheses,) = translator.hypotheses(["ein Hund"], beam_size=3)
    for translation, hypothesis in zip(described["translations"], hypotheses, strict=True):
        found = translation["tokens"]
        assert len(found) == len(hypothesis.symbols) + hypothesis.ended
        assert [token["symbol"] for token in found][: len(hypothesis.symbols)] == hypothesis.symbols
        assert "".join(token["text"] for token in found) == translation["text"]
        total = sum(token["log_probability"] for token in found)
        assert total == pytest.approx(hypothesis.log_probability, abs=1e-4)
        for token in found:
            others = {each["symbol"]: each["log_probability"] for each in token["alternatives"]}
            assert len(others) == len(token["alternatives"]) == 4
            assert list(others.values()) == sorted(others.values(), reverse=True)
            assert translator.tokenizers_[1].unknown not in others
            if token["symbol"] in others:
                assert others[token["symbol"]] == token["log_probability"]
            else:
                assert token["log_probability"] <= min(others.values())


def test_what_an_alternative_is_followed_by_is_found_from_its_symbols(translator):
    (described,) = translator.describe(["die Katze"], top_tokens=3)
    written = described["translations"][0]["tokens"]
    before = [token["symbol"] for token in written[:2]]
    for other in written[2]["alternatives"]:
        if other["symbol"] < len(translator.tokenizers_[1]):
            prefix = [*before, other["symbol"]]
            (again,) = translator.describe(["die Katze"], prefix=prefix, top_tokens=1)[0]["translations"]
            assert [token["symbol"] for token in again["tokens"][:3]] == prefix
            assert again["tokens"][2]["log_probability"] == pytest.approx(other["log_probability"], abs=1e-4)


def test_symbols_say_where_the_network_looked(translator):
    (described,) = translator.describe(["ein Hund"], top_tokens=1, with_alignment=True)
    (translation,) = described["translations"]
    assert "".join(described["source_tokens"]) == "ein Hund"
    weights = np.asarray([token["attention"] for token in translation["tokens"]])
    assert weights.shape == (len(translation["tokens"]), len(described["source_tokens"]))
    assert weights.sum(1) == pytest.approx(1, abs=1e-5)


def test_the_beam_holds_what_was_found(translator):
    (described,) = translator.describe(["ein Hund"], n_best=3, with_beam=True, top_tokens=1)
    nodes = described["beam"]
    paths, texts = [], []
    for node in nodes:
        before = ([], "") if node["parent"] is None else (paths[node["parent"]], texts[node["parent"]])
        paths.append([*before[0], node["symbol"]])
        texts.append(before[1] + node["text"])
    for translation in described["translations"]:
        place = paths.index([token["symbol"] for token in translation["tokens"]])
        assert nodes[place]["log_probability"] == pytest.approx(translation["log_probability"], abs=1e-5)
        assert texts[place] == translation["text"]
