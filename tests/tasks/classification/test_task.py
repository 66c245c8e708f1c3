"""Classifiers and regressors of sequences, held to scikit-learn's rules and to small problems that can be learnt."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.utils.estimator_checks import estimator_checks_generator
from torch.nn import functional as F

import recurra
from recurra import DataError, SequenceClassifier, SequenceRegressor
from recurra.data import batches
from recurra.data.sequences.answers import Answers
from recurra.data.sequences.examples import Examples
from recurra.metrics import answers as scores
from recurra.tasks.classification import data as sequence_lesson
from recurra.tasks.classification.network import SequenceNetwork

SMALL = {"hidden_size": 8, "batch_size": 8, "epochs": 2, "threads": 1, "warmup_steps": 0}
LEARNS = SMALL | {"epochs": 30, "hidden_size": 16, "learning_rate": 0.02, "dropout": 0.0}


def _sums(count=120, steps=6, seed=1):
    """Series whose class is the sign of their sum."""
    x = np.random.default_rng(seed).normal(size=(count, steps, 2)).astype(np.float32)
    return x, np.where(x[:, :, 0].sum(1) > 0, "up", "down")


def _ragged(x, seed=2):
    lengths = np.random.default_rng(seed).integers(1, x.shape[1] + 1, len(x))
    return [one[:length] for one, length in zip(x, lengths, strict=True)]


# --- scikit-learn -----------------------------------------------------------------------------------------------------


TOO_STRICT = {
    "check_methods_subset_invariance",  # to 1e-7: float32 rounds otherwise in a batch of another size; tested below
    "check_sample_weight_equivalence_on_dense_data",  # to 1e-7: batches are drawn from other rows; tested below
}


def _checks():
    settings = {
        "hidden_size": 16,
        "epochs": 25,
        "threads": 1,
        "learning_rate": 0.02,
        "warmup_steps": 0,
    }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* does not inherit from `sklearn.base.BaseEstimator`")
        return [
            pair
            for make, batch_size in ((SequenceClassifier, 32), (SequenceRegressor, 8))
            for pair in estimator_checks_generator(make(**settings, batch_size=batch_size), mark=None)
            if getattr(pair[1], "func", pair[1]).__name__ not in TOO_STRICT
        ]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "estimator_and_check",
    _checks(),
    ids=lambda pair: f"{type(pair[0]).__name__}-{getattr(pair[1], 'func', pair[1]).__name__}",
)
def test_scikit_learns_own_checks(estimator_and_check):
    estimator, check = estimator_and_check
    check(estimator)


def test_pipelines_cross_validation_and_searches_work():
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = _sums()
    table = x[:, :, 0]
    found = cross_val_score(make_pipeline(StandardScaler(), SequenceClassifier(**LEARNS)), table, y, cv=3)
    assert found.mean() > 0.85
    search = GridSearchCV(SequenceClassifier(**LEARNS), {"learning_rate": [1e-7, 0.02, 1e-6]}, cv=2).fit(table, y)
    assert search.best_params_ == {"learning_rate": 0.02}  # of which alone anything is learnt
    assert search.best_score_ > 0.8


# --- what is learnt ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
@pytest.mark.parametrize(
    "cell", [{"cell": "rnn"}, {"cell": "rnn", "activation": "relu"}, {"cell": "lstm"}, {"cell": "gru"}]
)
def test_the_sign_of_a_sum_is_learnt(cell, pooling):
    x, y = _sums()
    classifier = SequenceClassifier(**LEARNS, **cell, pooling=pooling).fit(x, y)
    assert classifier.score(x, y) > 0.9
    assert list(classifier.classes_) == ["down", "up"]


def test_sequences_of_unequal_length_give_what_each_gives_alone():
    x = _ragged(_sums()[0])
    y = [one[:, 0].sum() > 0 for one in x]
    classifier = SequenceClassifier(**LEARNS, num_layers=2).fit(x, y)
    together = classifier.predict_proba(x)
    for one, expected in zip(x[:10], together[:10], strict=True):
        np.testing.assert_allclose(classifier.predict_proba([one])[0], expected, atol=1e-5)
    assert classifier.score(x, y) > 0.9


def test_three_classes_and_their_probabilities():
    x, _ = _sums()
    y = np.digitize(x[:, :, 0].sum(1), [-1, 1])
    classifier = SequenceClassifier(**LEARNS).fit(x, y)
    chances = classifier.predict_proba(x)
    np.testing.assert_allclose(chances.sum(1), 1)
    np.testing.assert_array_equal(classifier.predict(x), chances.argmax(1))
    assert classifier.score(x, y) > 0.85


def test_several_labels_at_once_as_lists_and_as_a_table():
    x, _ = _sums()
    table = (x.sum(1) > 0).astype(int)
    lists = [[name for name, there in zip(("first", "second"), row, strict=True) if there] for row in table]
    by_table, by_lists = (SequenceClassifier(**LEARNS).fit(x, y) for y in (table, lists))
    assert by_table.score(x, table) > 0.8
    assert by_lists.score(x, lists) > 0.8
    np.testing.assert_array_equal(
        [["first" in one, "second" in one] for one in by_lists.predict(x)], by_table.predict(x)
    )


def test_an_answer_at_every_step():
    x = _ragged(_sums()[0])
    y = [np.where(np.cumsum(one[:, 0]) > 0, "up", "down").tolist() for one in x]
    classifier = SequenceClassifier(**LEARNS, per_step=True, bidirectional=False).fit(x, y)
    predicted = classifier.predict(x)
    assert [len(one) for one in predicted] == [len(one) for one in x]
    assert classifier.score(x, y) > 0.85
    with pytest.raises(DataError, match="2: expected 2 answers, one a step, got 1"):
        SequenceClassifier(**SMALL, per_step=True).fit([np.zeros((1, 1)), np.zeros((2, 1))], [["a"], ["b"]])


@pytest.mark.parametrize("outputs", [1, 2])
def test_numbers_are_met(outputs):
    x, _ = _sums()
    y = 100 + 10 * x[:, :, :outputs].mean(1)
    y = y[:, 0] if outputs == 1 else y
    regressor = SequenceRegressor(**LEARNS | {"epochs": 60}).fit(x, y)
    assert regressor.predict(x).shape == y.shape
    assert regressor.score(x, y) > 0.9


def test_texts_of_characters_and_of_words():
    names = ["anna", "berta", "clara", "otto", "hugo", "bruno"] * 10
    classifier = SequenceClassifier(**LEARNS).fit(names, [name[-1] for name in names])
    assert classifier.tokenizer_.kind == "char"
    assert classifier.predict(["maria", "paulo", ""]).tolist()[:2] == ["a", "o"]
    sentences = ["how many are there", "who is this", "who was that", "how many were they"] * 10
    classifier = SequenceClassifier(**LEARNS, lowercase=True).fit(sentences, [s.split()[0] for s in sentences])
    assert classifier.tokenizer_.kind == "word"
    assert classifier.predict(["Who knows"]) == ["who"]


def test_the_loss_of_two_classes_is_that_of_a_softmax_over_both():
    answers = Answers.learn(["a", "b"], numbers=False, per_step=False)
    config = SequenceClassifier(**SMALL).config
    network = SequenceNetwork(0, 2, 0, answers, config)
    given, y = torch.randn(5, 1), torch.tensor([0, 1, 1, 0, 1])
    network.class_weight.copy_(torch.tensor([0.5, 2.0]))
    both = torch.cat([torch.zeros(5, 1), given], -1)
    torch.testing.assert_close(network.mean_loss(given, y), F.cross_entropy(both, y, network.class_weight))


def test_balanced_classes_count_alike():
    x, _ = _sums()
    y = (x[:, :, 0].sum(1) > 3).astype(int)
    classifier = SequenceClassifier(**SMALL, class_weight="balanced").fit(x, y)
    weights = classifier.network.class_weight.numpy()
    np.testing.assert_allclose(weights * np.bincount(y), len(y) / 2, rtol=0.1)
    given = SequenceClassifier(**SMALL, class_weight={0: 1.0, 1: 5.0}).fit(x, y)
    assert given.network.class_weight.tolist() == [1, 5]


# --- what measurements are like ---------------------------------------------------------------------------------------


def test_missing_values_and_constant_columns_are_taken_and_said(tmp_path):
    x, y = _sums()
    x = np.concatenate([x, np.full((*x.shape[:2], 1), 7.0, np.float32)], -1)
    x[::3, 2, 1] = np.nan
    classifier = SequenceClassifier(**LEARNS, valid_fraction=0.0).fit(x, y, out=tmp_path / "run")
    log = (tmp_path / "run" / "train.log").read_text()
    assert "missing values become the mean, and are marked, in feature 2\n" in log
    assert "always the same, so centred only: feature 3\n" in log
    standardize = classifier.network.standardize
    assert standardize.marks.tolist() == [1]
    assert standardize.scale[2] == 1
    np.testing.assert_allclose(standardize.mean, np.nanmean(x, (0, 1)), rtol=1e-4, atol=1e-5)
    assert classifier.score(x, y) > 0.9


def test_a_held_out_part_has_its_share_of_every_class():
    y = ["a"] * 90 + ["b"] * 30
    kept, out = batches.hold_out(y, 120, 0.1, 1)
    assert sorted([*kept, *out]) == list(range(120))
    assert sum(y[i] == "b" for i in out) == 3


def test_training_stops_early_on_the_held_out_part(tmp_path):
    x, y = _sums()
    SequenceClassifier(**SMALL | {"epochs": 50, "learning_rate": 0.1}, early_stopping=2).fit(x, y, out=tmp_path / "run")
    records = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert len(records) < 50
    assert {"valid_loss", "valid_accuracy"} <= records[0].keys()


def _file(kind, x, y, folder):
    """Series of one feature as a file, with many digits."""
    path = folder / f"series.{kind}"
    if kind == "npz":
        np.savez(path, X=x, y=y)
        return path
    rows = [([repr(float(value)) for value in series[:, 0]], label) for series, label in zip(x, y, strict=True)]
    steps = ",".join(f"step{t}" for t in range(x.shape[1]))
    lines = {
        "csv": [f"{steps},label", *(f"{','.join(cells)},{label}" for cells, label in rows)],
        "jsonl": [f'{{"x": [{", ".join(cells)}], "label": "{label}"}}' for cells, label in rows],
        "ts": ["@classLabel true down up", "@data", *(f"{','.join(cells)}:{label}" for cells, label in rows)],
    }[kind]
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


@pytest.mark.parametrize("kind", ["array", "list", "frame", "npz", "csv", "jsonl", "ts"])
def test_numbers_far_from_zero_keep_their_digits(kind, tmp_path):
    x, y = _sums()
    x = x[:, :, :1].astype(np.float64) + 1e8
    if kind in ("array", "list", "frame"):
        given = {"array": x, "list": [one[i % 2 :] for i, one in enumerate(x)], "frame": x[:, :, 0].tolist()}[kind]
        assert SequenceClassifier(**LEARNS).fit(given, y).score(given, y) > 0.85
    else:
        file = _file(kind, x, y, tmp_path)
        classifier = SequenceClassifier(**LEARNS).fit(file, progress=False, out=tmp_path / "run")
        assert classifier.score(file) > 0.85
        assert recurra.load(tmp_path / "run").score(file) == classifier.score(file)


def test_a_number_far_from_zero_is_met():
    x, _ = _sums()
    y = x[:, :, 0].mean(1).astype(np.float64) + 1e8
    assert SequenceRegressor(**LEARNS).fit(x, y).score(x, y) > 0.85


@pytest.mark.parametrize("wrong", [np.inf, -np.inf, 1e200])
def test_infinity_is_refused_wherever_it_comes(wrong):
    x, y = _sums()
    x = x.astype(np.float64)
    spoilt = x.copy()
    spoilt[3, 2, 1] = wrong
    ragged = [one[i % 2 :] for i, one in enumerate(spoilt)]
    classifier = SequenceClassifier(**SMALL).fit(x, y)
    got = "1e[+]200" if wrong == 1e200 else "infinity"
    message = f"sequence 4: step 3: feature 2: expected finite numbers or missing ones, got {got}"
    for verb in (
        lambda: SequenceClassifier(**SMALL).fit(spoilt, y),
        lambda: SequenceClassifier(**SMALL).fit(x, y, valid=(spoilt, y)),
        lambda: classifier.predict(spoilt),
        lambda: classifier.predict_proba(spoilt),
        lambda: classifier.score(spoilt, y),
        lambda: classifier.evaluate(spoilt, y),
    ):
        with pytest.raises(DataError, match=message):
            verb()
    with pytest.raises(DataError, match="sequence 4: step 2: feature 2"):
        classifier.predict(ragged)
    table = SequenceClassifier(**SMALL).fit(x[:, :, 1], y)
    with pytest.raises(DataError, match="sequence 4: step 3: feature 1"):
        table.predict(spoilt[:, :, 1])


def test_what_has_no_finite_answer_is_refused():
    x, y = _sums()
    classifier = SequenceClassifier(**SMALL, cell="rnn", activation="relu").fit(x, y)
    with pytest.raises(DataError, match="sequence 2: expected numbers like those of the training"):
        classifier.predict(np.stack([x[0], x[0] * 1e38]).astype(np.float64) * 1e10)


def test_a_constant_feature_is_known_as_such_whatever_its_digits(tmp_path):
    x, y = _sums()
    x = np.concatenate([x.astype(np.float64), np.full((*x.shape[:2], 1), 1e8 + 0.1)], -1)
    classifier = SequenceClassifier(**SMALL, valid_fraction=0.0).fit(x, y)
    assert classifier.network.standardize.scale[2] == 1


@pytest.mark.parametrize("per_step", [False, True])
def test_predict_reads_no_more_steps_at_once_than_its_budget(per_step, monkeypatch):
    x, y = _sums(count=40, steps=50)
    x = _ragged(x)
    y = [np.where(np.cumsum(one[:, 0]) > 0, "up", "down") for one in x] if per_step else y
    classifier = SequenceClassifier(**SMALL, per_step=per_step).fit(x, y)
    expected = classifier.predict_proba(x)
    read = []
    pad = batches.pad

    def watched(inputs, rows):
        padded, lengths = pad(inputs, rows)
        read.append(padded.shape[:2])
        return padded, lengths

    monkeypatch.setattr(batches, "pad", watched)
    monkeypatch.setattr(sequence_lesson, "_STEPS_AT_ONCE", 60)
    for one, other in zip(classifier.predict_proba(x), expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert max(b * t for b, t in read) <= 60
    assert sum(b for b, _ in read) == 40


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def names(tmp_path) -> Path:
    folder = tmp_path / "names"
    folder.mkdir()
    for end in "ao":
        (folder / f"{end}.txt").write_text("".join(f"{c}{v}{c}{end}\n" for c in "bcdfghjklmnpqrst" for v in "aeiou"))
    (folder / "SOURCE.txt").write_text("where it is from\n")
    return folder


def test_a_run_is_saved_loaded_and_resumed_to_the_same(names, tmp_path):
    whole = SequenceClassifier(**SMALL).fit(names, out=tmp_path / "run", progress=False)
    loaded = recurra.load(tmp_path / "run")
    assert repr(loaded) == repr(whole)
    assert list(loaded.classes_) == ["a", "o"]
    np.testing.assert_array_equal(loaded.predict_proba(["maria", "otto"]), whole.predict_proba(["maria", "otto"]))
    again = recurra.resume(tmp_path / "run", progress=False)
    np.testing.assert_array_equal(again.predict_proba(["maria"]), whole.predict_proba(["maria"]))


def test_a_run_on_arrays_says_that_it_cannot_be_resumed(tmp_path):
    x, y = _sums()
    SequenceClassifier(**SMALL).fit(x, y, out=tmp_path / "run")
    np.testing.assert_array_equal(recurra.load(tmp_path / "run").predict(x).shape, (120,))
    with pytest.raises(DataError, match="expected a training on files, got one on arrays"):
        recurra.resume(tmp_path / "run")


def test_every_score_of_a_classifier(names):
    found = SequenceClassifier(**LEARNS).fit(names, progress=False).evaluate(names)
    assert found["accuracy"] > 0.9
    assert found["examples"] == sum(map(sum, found["confusion"])) == 160
    assert found["classes"] == ["a", "o"]
    assert {"top5_accuracy", "f1_macro", "f1_a", "f1_o", "nats", "calibration_error"} <= found.keys()


def test_what_is_assessed_is_what_is_scored_and_predicted():
    x, y = _sums()
    classifier = SequenceClassifier(**LEARNS).fit(x, y)
    scores, confidence, correct = classifier.assess(x, y)
    assert scores == classifier.evaluate(x, y)
    np.testing.assert_allclose(confidence, classifier.predict_proba(x).max(1))
    np.testing.assert_array_equal(correct, classifier.predict(x) == y)
    several = SequenceClassifier(**SMALL).fit(x[:12], [["a"], ["a", "b"]] * 6)
    with pytest.raises(DataError, match="expected a classifier of one class each, got one of several labels at once"):
        several.assess(x[:12], [["a"], ["a", "b"]] * 6)


def test_the_calibration_error_is_what_confidence_is_wrong_by():
    confidence = np.array([0.9] * 10 + [0.6] * 10)
    right = np.array([True] * 9 + [False] + [True] * 3 + [False] * 7)
    assert scores.calibration_error(confidence, right) == pytest.approx(0.15)


def test_what_does_not_fit_is_refused(names):
    x, y = _sums()
    with pytest.raises(DataError, match="expected 2 features a step, got 3"):
        SequenceClassifier(**SMALL).fit(x, y).predict(np.zeros((1, 4, 3)))
    with pytest.raises(DataError, match="sequence 2: expected 2 features as in the first, got 3"):
        SequenceClassifier(**SMALL).fit([np.zeros((2, 2)), np.zeros((2, 3))], [0, 1])
    with pytest.raises(DataError, match="expected at least 2 classes, got 1 class: 'a'"):
        SequenceClassifier(**SMALL).fit(x[:2], ["a", "a"])
    with pytest.raises(DataError, match=r"settings: expected some of .*, got 'hiden_size'"):
        SequenceClassifier(hiden_size=3)
    with pytest.raises(DataError, match="expected texts, as in training, got numbers"):
        SequenceClassifier(**SMALL).fit(names, progress=False).predict(x)
    with pytest.raises(DataError, match="expected one of the labels down, up, got 'left'"):
        SequenceClassifier(**SMALL).fit(x, y).evaluate(Examples(x[:1], ["left"]))
    with pytest.raises(DataError, match="expected finite numbers or missing ones, got infinity"):
        SequenceClassifier(**SMALL).fit(np.full((2, 3, 1), np.inf), [0, 1])


def test_labels_at_every_step_of_a_file_are_lists(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"x": [1, 2], "label": ["a", "b"]}\n{"x": [1, 2], "label": 1.5}\n')
    with pytest.raises(DataError, match=r"a.jsonl:2: label: expected a list as in .*a.jsonl:1, got a number"):
        SequenceClassifier(per_step=True).fit(tmp_path / "a.jsonl")


def test_a_run_whose_means_are_in_float32_is_read(tmp_path):
    x, y = _sums()
    classifier = SequenceClassifier(**SMALL).fit(x, y)
    classifier.network.standardize.float()
    classifier.save(tmp_path / "run")
    np.testing.assert_allclose(recurra.load(tmp_path / "run").predict_proba(x), classifier.predict_proba(x), atol=1e-6)
