"""Every job gives labelled data in the batches that its network's loss takes, to measure what was learnt."""

import numpy as np
import pytest
import torch

from recurra import DataError, LanguageModel, SequenceClassifier, SequenceRegressor, Tagger, Translator

FEW = {"hidden_size": 4, "epochs": 1, "threads": 1, "warmup_steps": 0}
X = np.random.default_rng(0).normal(size=(12, 5, 2)).astype(np.float32)
WORDS, TAGS = [["one", "two"], ["three"]] * 6, [["NUM", "NUM"], ["X"]] * 6
PAIRS = [(f"text {i % 3}", f"{i % 3} txet") for i in range(12)]


def mean_loss(task, data, part=None):
    """The mean loss of an epoch of batches, each counted by its size."""
    module, state, total, count = task.data_module(data, part), None, 0.0, 0.0
    network = task.network.eval()
    with torch.no_grad():
        for batch in module.batches(0, 0, 0, 1):
            loss, state = network.loss(batch, state)
            weight = network.loss_weight(batch)
            total, count = total + float(loss) * weight, count + weight
    return total / count


def test_the_loss_of_sequences_is_that_of_an_evaluation():
    names, numbers = ["up", "down"] * 6, np.arange(12.0)
    classifier = SequenceClassifier(**FEW, batch_size=5).fit(X, names)
    assert mean_loss(classifier, (X, names)) == pytest.approx(classifier.evaluate((X, names))["nats"], rel=1e-5)
    regressor = SequenceRegressor(**FEW, batch_size=5).fit(X, numbers)
    variance = numbers.var()  # numbers are learnt in units of their deviation
    expected = regressor.evaluate((X, numbers))["rmse"] ** 2 / variance
    assert mean_loss(regressor, (X, numbers)) == pytest.approx(expected, rel=1e-5)


def test_the_loss_of_a_text_is_that_of_an_evaluation_with_its_state_carried(tmp_path):
    file = tmp_path / "text.txt"
    file.write_text("to be or not to be\n" * 40)
    task = LanguageModel(**FEW, num_layers=1, sequence_length=8, batch_size=1).fit(file, progress=False)
    scores = task.evaluate(file)
    assert mean_loss(task, file) == pytest.approx(np.log(scores["carried_perplexity_per_token"]), rel=0.01)


def test_the_sentences_and_pairs_of_a_data_module_are_those_of_the_data():
    sizes = {"word_embedding_size": 4, "character_embedding_size": 4, "affix_embedding_size": 2}
    tagger = Tagger(**FEW, **sizes).fit(WORDS, TAGS, progress=False)
    assert sum(batch.size for batch in tagger.data_module((WORDS, TAGS)).batches(0, 0, 0, 1)) == 18
    assert np.isfinite(mean_loss(tagger, (WORDS, TAGS)))
    translator = Translator(**FEW, embedding_size=4, tokenizer="word").fit(PAIRS, progress=False)
    sources, targets = zip(*PAIRS, strict=True)
    scores = translator.evaluate(sources, targets)
    assert mean_loss(translator, (sources, targets)) == pytest.approx(scores["nats_per_token"], rel=1e-5)


def test_nothing_learnt_and_nothing_there_are_errors(tmp_path):
    for kind in (SequenceClassifier, LanguageModel, Tagger, Translator):
        with pytest.raises(DataError, match="expected a fitted model"):
            kind().data_module("nothing.txt")
    short = tmp_path / "short.txt"
    short.write_text("to be or not to be\n" * 40)
    task = LanguageModel(**FEW, num_layers=1, sequence_length=8, batch_size=2).fit(short, progress=False)
    short.write_text("t")
    with pytest.raises(DataError, match=r"short\.txt"):
        task.data_module(short)
