"""Whatever container the data come in, every verb takes it, row by row, by position."""

from datetime import date

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from sklearn.model_selection import train_test_split

import recurra
from recurra import DataError, SequenceClassifier, SequenceRegressor
from recurra.data.sequences import in_memory
from recurra.data.sequences.examples import Examples

LEARNS = {"hidden_size": 8, "epochs": 12, "batch_size": 8, "threads": 1, "learning_rate": 0.03, "warmup_steps": 0}
SMALL = LEARNS | {"epochs": 1}


def problem(count=120, steps=5):
    """Sequences, shuffled, whose class is told by the last number of the first feature."""
    x = np.random.default_rng(0).normal(size=(count, steps, 2))
    y = np.where(x[:, -1, 0] > 0, "up", "down")
    order = np.random.default_rng(1).permutation(count)
    return x, y, order


X, Y, ORDER = problem()
SHUFFLED = pd.Series(Y).iloc[ORDER]  # its index says where each row was before
NUMBERS = SHUFFLED.map({"up": 1, "down": 0})


@pytest.mark.parametrize(
    "y",
    [
        SHUFFLED,
        SHUFFLED.set_axis(pd.date_range("2020", periods=120)[ORDER]),
        SHUFFLED.set_axis([f"row {i}" for i in ORDER]),
        SHUFFLED.set_axis(pd.MultiIndex.from_arrays([ORDER % 7, ORDER])),
        SHUFFLED.astype("category"),
        NUMBERS.astype("Int64"),
        pl.Series(SHUFFLED.to_list()),
        torch.tensor(NUMBERS.to_numpy()),
        tuple(SHUFFLED),
        [1 if label == "up" else "a" for label in SHUFFLED],
        [label.encode() for label in SHUFFLED],
        [date(2020, 1, 1 if label == "up" else 2) for label in SHUFFLED],
    ],
    ids=lambda y: f"{type(y).__module__}-{y[0] if isinstance(y, list) else getattr(y, 'dtype', '')}",
)
def test_answers_are_taken_by_position(y):
    x = X[ORDER]
    classifier = SequenceClassifier(**LEARNS).fit(x, y, valid=(x, y))
    assert classifier.score(x, y) > 0.9
    assert classifier.evaluate(x, y)["accuracy"] == classifier.evaluate((x, y))["accuracy"] == classifier.score(x, y)


def test_numbers_to_be_met_are_taken_by_position():
    y = pd.Series(X[:, -1, 0]).iloc[ORDER]
    regressor = SequenceRegressor(**LEARNS).fit(X[ORDER], y)
    assert regressor.score(X[ORDER], y) > 0.8
    assert regressor.evaluate([X[ORDER], y])["r2"] > 0.8
    both = pd.DataFrame({"a": y, "b": -y})
    assert SequenceRegressor(**LEARNS).fit(X[ORDER], both).score(X[ORDER], both) > 0.8


def test_after_train_test_split():
    frame = pd.DataFrame({"series": list(X), "y": Y})
    x, held_x, y, held_y = train_test_split(frame.series, frame.y, random_state=0)
    classifier = SequenceClassifier(**LEARNS).fit(x, y, valid=(held_x, held_y))
    assert classifier.score(held_x, held_y) > 0.8


@pytest.mark.parametrize("kind", ["list", "objects", "series", "nested frame", "tensors", "texts", "frame of texts"])
def test_what_fit_takes_all_verbs_take(kind):
    count = 16
    unequal = [x[i % 3 :] for i, x in enumerate(X[:count])]
    texts = [" ".join("ab"[int(value > 0)] for value in x[:, 0]) for x in X[:count]]
    objects = np.empty(count, object)
    objects[:] = unequal
    x = {
        "list": unequal,
        "objects": objects,
        "series": pd.Series(unequal, index=range(count)[::-1]),
        "nested frame": pd.DataFrame({name: [pd.Series(x[:, i]) for x in unequal] for i, name in enumerate("ab")}),
        "tensors": [torch.tensor(x) for x in unequal],
        "texts": np.array(texts),
        "frame of texts": pd.DataFrame({"text": texts}, index=range(count)[::-1]),
    }[kind]
    y = Y[:count]
    classifier = SequenceClassifier(**SMALL).fit(x, y, valid=[x, y])
    answers = classifier.predict(x)
    assert len(answers) == len(classifier.predict_proba(x)) == count
    assert classifier.score(x, y) == classifier.score((x, y)) == classifier.evaluate((x, y))["accuracy"]
    assert classifier.predict(Examples(in_memory.sequences(x))).tolist() == answers.tolist()
    first = x.iloc[:1] if hasattr(x, "iloc") else x[:1]
    assert classifier.predict(first).tolist() == answers[:1].tolist()


def test_an_iterator_is_read_once():
    classifier = SequenceClassifier(**SMALL).fit(iter(X), iter(Y))
    assert len(classifier.predict(iter(X))) == len(X)
    assert classifier.score(iter(X), iter(Y)) == classifier.evaluate(iter(X), iter(Y))["accuracy"]
    with pytest.raises(DataError, match="expected at least one sequence, got none"):
        classifier.predict([])


def test_one_series_after_many_of_equal_length():
    x = X[:16, :, 0].tolist()
    classifier = SequenceClassifier(**SMALL).fit(x, Y[:16])
    assert len(classifier.predict([x[0]])) == len(classifier.predict([x[0] * 2])) == 1
    assert len(classifier.predict([x[0], x[1][:2]])) == 2


def test_labels_of_any_type_are_saved_and_loaded(tmp_path):
    for number, pair in enumerate([(1, "a"), (b"a", b"b"), (date(2020, 1, 2), date(2021, 1, 2)), (True, False)]):
        y = [pair[label == "up"] for label in Y[:16]]
        classifier = SequenceClassifier(**SMALL).fit(X[:16], y, out=tmp_path / str(number))
        loaded = recurra.load(tmp_path / str(number))
        assert loaded.classes_.tolist() == classifier.classes_.tolist()
        assert loaded.predict(X[:16]).tolist() == classifier.predict(X[:16]).tolist()
        assert set(loaded.classes_.tolist()) == set(pair)


def test_indicators_at_every_step():
    y = (X[:16] > 0).astype(int)  # (N, T, labels)
    classifier = SequenceClassifier(**SMALL, per_step=True).fit(X[:16], list(y))
    assert classifier.answers_.indicators
    assert classifier.predict(X[:2])[0].shape == (5, 2)
    assert 0 <= classifier.score(X[:16], y) <= 1


def test_weights_of_samples_decide_between_answers_that_contradict_each_other():
    x = np.concatenate([X, X])
    y = np.concatenate([Y, np.where(Y == "up", "down", "up")])
    for first, good in ((1.0, True), (0.0, False), (0.1, False)):
        weights = pd.Series([first] * 120 + [1.0 - first] * 120, index=range(240)[::-1])
        classifier = SequenceClassifier(**LEARNS).fit(x, y, sample_weight=weights)
        assert (classifier.score(X, Y) > 0.85) is good
    assert classifier.score(x, y, sample_weight=weights) > 0.8
    z = np.concatenate([X[:, -1, 0], -X[:, -1, 0]])
    regressor = SequenceRegressor(**LEARNS).fit(x, z, sample_weight=[1.0] * 120 + [0.1] * 120)
    assert regressor.score(X, X[:, -1, 0]) > 0.5


def test_weights_of_samples_at_every_step_of_unequal_lengths():
    x = [one[i % 3 :] for i, one in enumerate(X)]
    y = [np.where(one[:, 0] > 0, "up", "down") for one in x]
    weights = np.where(np.arange(120) % 2, 1.0, 0.5)
    classifier = SequenceClassifier(**LEARNS, per_step=True).fit(x, y, sample_weight=weights)
    assert classifier.score(x, y, weights) > 0.9


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0], r"expected 4 numbers, one a sequence, got shape \(1,\)"),
        ([1, 1, -1, 1], "expected finite weights of 0 or more"),
        ([1, 1, np.nan, 1], "expected finite weights of 0 or more"),
        ([0, 0, 0, 0], "not all of them zero"),
    ],
)
def test_weights_that_are_none_are_refused(weights, message):
    with pytest.raises(DataError, match=f"sample_weight: .*{message}"):
        SequenceClassifier(**SMALL).fit(X[:4], ["a", "b", "a", "b"], sample_weight=weights)


def test_what_is_not_as_fit_takes_it_is_named(tmp_path):
    classifier = SequenceClassifier(**SMALL).fit(["a b", "b c"] * 4, ["x", "y"] * 4)
    with pytest.raises(DataError, match="text 2: expected a text, got none"):
        classifier.predict(["a", None])
    with pytest.raises(DataError, match=r"for one text give \[text\]"):
        classifier.predict("this is one text")
    with pytest.raises(DataError, match=r"valid: expected a pair \(X, y\), files or a data set, got ndarray"):
        SequenceClassifier(**SMALL).fit(X, Y, valid=X)
    with pytest.raises(DataError, match=r"expected sequences with their answers, \(X, y\)"):
        classifier.evaluate(X)
    with pytest.raises(DataError, match="expected an answer for each of 8 sequences, got 7"):
        classifier.score(["a"] * 8, ["x"] * 7)
    with pytest.raises(DataError, match="sample_weight: expected it beside X and y"):
        classifier.fit(tmp_path, sample_weight=[1.0])
    with pytest.raises(DataError, match="expected sequences or texts beside y, got"):
        classifier.fit("file.csv", ["x"])


BOTH = pd.DataFrame({"a": (X[:, -1, 0] > 0).astype(int), "b": (X[:, -1, 1] > 0.8).astype(int)})
MEASURED = pd.DataFrame({"u": X[:, -1, 0], "v": 100 * X[:, -1, 1]})
ALIKE = {"frame": lambda y: y, "polars": pl.DataFrame, "records": lambda y: y.to_records(index=False)}


@pytest.mark.parametrize("kind", ALIKE)
@pytest.mark.parametrize(
    ("Job", "y", "verb"), [(SequenceClassifier, BOTH, "accuracy"), (SequenceRegressor, MEASURED, "r2")]
)
def test_columns_of_answers_are_found_by_name(Job, y, verb, kind, tmp_path):
    other = ALIKE[kind](y[y.columns[::-1]])
    model = Job(**LEARNS | {"epochs": 20}).fit(X, y, valid=(X, other), out=tmp_path / "run")
    expected = model.score(X, y.to_numpy())
    assert expected > 0.7
    for fitted in (model, recurra.load(tmp_path / "run")):
        assert fitted.target_names_ == list(y.columns)
        assert fitted.score(X, y) == fitted.score(X, other) == fitted.evaluate(X, other)[verb] == expected
        with pytest.raises(DataError, match=r"^y: expected the columns ., ., as in training, got ., w"):
            fitted.score(X, y.set_axis([y.columns[0], "w"], axis=1))
    tuned = Job().fit(X, other, start_from=tmp_path / "run", epochs=1)
    assert tuned.target_names_ == list(y.columns)
    assert tuned.score(X, y) > 0.7
    with pytest.raises(DataError, match=r"^y of valid: expected the columns"):
        Job(**SMALL).fit(X, y, valid=(X, y.set_axis(["w", "z"], axis=1)))


def test_columns_of_answers_at_every_step_are_found_by_name():
    y = [pd.DataFrame({"a": (x[:, 0] > 0).astype(int), "b": (x[:, 1] > 0).astype(int)}) for x in X]
    other = [steps[["b", "a"]] for steps in y]
    mixed = [steps[["b", "a"]] if i % 2 else steps for i, steps in enumerate(y)]
    classifier = SequenceClassifier(**LEARNS, per_step=True).fit(X, mixed, valid=(X, other))
    assert classifier.score(X, y) == classifier.score(X, other) > 0.9
    assert classifier.scores_["valid_accuracy"] > 0.9


def test_a_second_fit_reads_answers_anew():
    several = [["a", "b"] if label == "up" else ["b"] for label in Y]
    classifier = SequenceClassifier(**SMALL).fit(X, several)
    classifier.fit(X, BOTH.to_numpy().tolist(), valid=(X, BOTH.to_numpy().tolist()))
    assert classifier.answers_.indicators
    assert classifier.target_names_ is None
    lists = [[0, 1] if label == "up" else [2] for label in Y]
    classifier.fit(X, lists, valid=(X[:2], [[0, 1], [1, 0]]))  # the same two labels, which are no indicators here
    assert classifier.classes_.tolist() == [0, 1, 2]
    assert classifier.scores_["valid_accuracy"] in (0, 1)


def test_categories_count_by_their_values():
    y = pd.Series(pd.Categorical(Y, categories=["none", "up", "down"]))
    classifier = SequenceClassifier(**LEARNS).fit(X, y)
    assert classifier.classes_.tolist() == ["down", "up"]
    expected = classifier.score(X, Y)
    assert classifier.score(X, y.cat.reorder_categories(["down", "up", "none"])) == expected
    assert classifier.score(X, pl.Series(Y, dtype=pl.Enum(["up", "down"]))) == expected


def test_labels_of_another_type_are_refused_in_scores():
    numbers = np.where(Y == "up", 1, 0)
    classifier = SequenceClassifier(**SMALL).fit(X, numbers)
    assert (
        classifier.score(X, numbers == 1) == classifier.score(X, numbers.astype(float)) == classifier.score(X, numbers)
    )
    for y in (numbers.astype(str), Y):
        with pytest.raises(
            DataError, match=r"y: expected labels such as 0, of type int, as in training, got '.*', of type"
        ):
            classifier.score(X, y)
    assert classifier.score(X, numbers + 7) == 0  # labels that may be, and were not learnt


@pytest.mark.parametrize("weights", [np.full(120, -1.0), np.full(119, 1.0), np.zeros(120), np.full(120, np.nan)])
def test_weights_in_scores_are_checked(weights):
    for model, y in ((SequenceClassifier(**SMALL), Y), (SequenceRegressor(**SMALL), X[:, -1, 0])):
        with pytest.raises(DataError, match=r"^sample_weight: expected"):
            model.fit(X, y).score(X, y, weights)


def test_what_has_no_order_is_refused():
    for fit in (
        lambda: SequenceClassifier().fit(X[:2], {"a", "b"}),
        lambda: SequenceClassifier().fit({"a", "b"}, [1, 2]),
    ):
        with pytest.raises(DataError, match="expected a list, or another container with an order, got set"):
            fit()


def test_complex_answers_are_refused():
    for y in (X[:, -1, 0].astype(complex), [1j, *X[1:, -1, 0]]):
        with pytest.raises(DataError, match=r"^y: expected numbers, got complex ones"):
            SequenceRegressor(**SMALL).fit(X, y)


def test_one_word_is_no_file(tmp_path):
    classifier = SequenceClassifier(**SMALL).fit(["a b", "b c"] * 4, ["x", "y"] * 4)
    with pytest.raises(
        DataError, match=r"^'word': expected a list of texts, or a file of them; for one text give \[text\]"
    ):
        classifier.predict("word")
