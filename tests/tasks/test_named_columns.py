"""Columns that have names are found by them, whatever their order, in every container and in every verb."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import recurra
from recurra import DataError, SequenceClassifier, SequenceRegressor
from recurra.data.sequences import in_memory
from recurra.data.sequences.examples import Examples

LEARNS = {"hidden_size": 8, "epochs": 12, "batch_size": 8, "threads": 1, "learning_rate": 0.03, "warmup_steps": 0}
X = np.random.default_rng(0).normal(size=(120, 5, 2))
Y = np.where(X[:, -1, 0] > 0, "up", "down")  # the first feature, p, tells


def frames(names):
    """A frame a sequence, with its columns in this order."""
    return [pd.DataFrame(x, columns=["p", "q"])[list(names)] for x in X]


def nested(names):
    """One frame, whose cells are series."""
    return pd.DataFrame({name: [pd.Series(x[:, "pq".index(name)]) for x in X] for name in names})


def fields(names):
    """One structured array (N, T)."""
    array = np.zeros(X.shape[:2], [(name, float) for name in names])
    for name in names:
        array[name] = X[:, :, "pq".index(name)]
    return array


def series_table(names):
    """One frame, a series a row: five steps of the feature p."""
    return pd.DataFrame(X[:, :, 0], columns=list("abcde"))[list(names)]


OTHER_ORDER = {
    "frames": frames("qp"),
    "tuple": tuple(frames("qp")),
    "series of frames": pd.Series(frames("qp"), index=range(120)[::-1]),
    "frames of Polars": [pl.DataFrame(frame) for frame in frames("qp")],
    "nested": nested("qp"),
    "nested of Polars": pl.DataFrame({name: list(X[:, :, "pq".index(name)]) for name in "qp"}),
    "fields": fields("qp"),
    "list of fields": list(fields("qp")),
    "records": [frame.to_records(index=False) for frame in frames("qp")],
    "some each way": [frame[["p", "q"]] if i % 2 else frame for i, frame in enumerate(frames("qp"))],
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "frames"
    SequenceClassifier(**LEARNS).fit(frames("pq"), Y, valid=(frames("qp"), Y), out=folder)
    return folder


@pytest.fixture(scope="module")
def classifier(run):
    return recurra.load(run)


@pytest.mark.parametrize("kind", OTHER_ORDER)
def test_columns_in_another_order_answer_alike(classifier, kind):
    x, expected = OTHER_ORDER[kind], classifier.predict(frames("pq")).tolist()
    assert classifier.score(frames("pq"), Y) > 0.9
    assert classifier.predict(x).tolist() == expected
    assert classifier.score(x, Y) == classifier.evaluate((x, Y))["accuracy"] == classifier.score(frames("pq"), Y)
    np.testing.assert_array_equal(classifier.predict_proba(x), classifier.predict_proba(frames("pq")))
    described = [list(one["probabilities"].values()) for one in classifier.describe(x)]
    np.testing.assert_array_equal(described, classifier.predict_proba(frames("pq")))
    examples = Examples(in_memory.sequences(x), columns=in_memory.columns(x))
    assert classifier.predict(examples).tolist() == expected


@pytest.mark.parametrize("kind", OTHER_ORDER)
def test_what_is_learnt_from_and_validated_on_may_have_other_orders(kind):
    x = OTHER_ORDER[kind]
    classifier = SequenceClassifier(**LEARNS).fit(x, Y, valid=(frames("pq"), Y))
    assert classifier.scores_["valid_accuracy"] > 0.9
    assert classifier.score(frames("pq"), Y) == classifier.score(x, Y) > 0.9


def test_a_regressor():
    regressor = SequenceRegressor(**LEARNS).fit(frames("pq"), X[:, -1, 0])
    assert regressor.score(frames("qp"), X[:, -1, 0]) == regressor.score(frames("pq"), X[:, -1, 0]) > 0.8


def test_names_are_kept_in_a_run_and_by_a_training_from_it(run, tmp_path):
    loaded = recurra.load(run)
    assert loaded.feature_names_in_.tolist() == ["p", "q"]
    assert loaded.n_features_in_ == 2
    loaded.save(tmp_path / "saved")
    assert recurra.load(tmp_path / "saved").score(frames("qp"), Y) == loaded.score(frames("pq"), Y)
    tuned = SequenceClassifier().fit(frames("qp"), Y, start_from=run, epochs=1)
    assert tuned.feature_names_in_.tolist() == ["p", "q"]
    assert tuned.score(frames("pq"), Y) > 0.9
    with pytest.raises(DataError, match="expected the columns p, q, as in training, got p, r"):
        SequenceClassifier().fit([f.set_axis(["p", "r"], axis=1) for f in frames("pq")], Y, start_from=run)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([f.set_axis(["r", "q"], axis=1) for f in frames("pq")], "sequence 1: expected the columns p, q, as in train"),
        ([frames("pq")[0], frames("p")[1]], r"sequence 2: expected the columns p, q, as in training, got p \(missing"),
        (nested("pq").assign(r=nested("p").p), r"X: expected the columns p, q.*\(unexpected: r\)"),
        (fields("pq")[["p"]], r"X: expected the columns p, q, as in training, got p \(missing: q\)"),
    ],
)
def test_other_names_are_refused_in_a_line(classifier, x, message):
    for verb in (classifier.predict, classifier.predict_proba):
        with pytest.raises(DataError, match=message) as error:
            verb(x)
        assert "\n" not in str(error.value)
    with pytest.raises(DataError, match=message):
        classifier.score(x, Y)


def test_frames_that_are_learnt_from_agree_with_one_another():
    x = [*frames("pq")[:3], pd.DataFrame(X[3], columns=["p", "r"])]
    with pytest.raises(DataError, match=r"sequence 4: expected the columns p, q, as in sequence 1, got p, r"):
        SequenceClassifier(**LEARNS).fit(x, Y[:4])
    with pytest.raises(DataError, match=r"^valid: expected the columns p, q, as in training, got p, r"):
        SequenceClassifier(**LEARNS).fit(frames("pq"), Y, valid=([x[3]] * 2, Y[:2]))


def test_without_names_position_counts_and_it_is_said(classifier):
    with pytest.warns(UserWarning, match="X does not have feature names, but SequenceClassifier was fitted with"):
        assert classifier.score(X, Y) == classifier.score([pd.DataFrame(x) for x in X], Y) > 0.9
    unnamed = SequenceClassifier(**LEARNS).fit([pd.DataFrame(x) for x in X], Y)
    assert unnamed.score(X, Y) == unnamed.score([pl.DataFrame(x) for x in X], Y) > 0.9
    assert unnamed.score([pd.DataFrame(x)[[1, 0]] for x in X], Y) > 0.9  # their columns count, and lie otherwise
    with pytest.warns(UserWarning, match="X has feature names, but SequenceClassifier was fitted without"):
        unnamed.predict(frames("pq"))


def test_arrays_are_no_surprise_to_what_has_learnt_from_a_file(tmp_path):
    table = tmp_path / "table.csv"
    rows = [f"{number},{p},{q},{label}" for number, (x, label) in enumerate(zip(X, Y, strict=True)) for p, q in x]
    table.write_text("id,p,q,label\n" + "\n".join(rows) + "\n")
    classifier = SequenceClassifier(**LEARNS).fit(table)
    assert classifier.columns_.features == ["p", "q"]
    assert list(classifier.predict(X)) == list(classifier.predict(table))  # a warning would be an error


def test_a_table_keeps_scikit_learns_rules_when_it_is_loaded(tmp_path):
    classifier = SequenceClassifier(**LEARNS).fit(series_table("abcde"), Y, out=tmp_path / "run")
    for model in (classifier, recurra.load(tmp_path / "run")):
        assert model.feature_names_in_.tolist() == list("abcde")
        assert model.score(series_table("abcde"), Y) > 0.9
        with pytest.raises(ValueError, match="Feature names must be in the same order as they were in fit"):
            model.predict(series_table("edcba"))
    years = series_table("abcde").set_axis(range(2000, 2005), axis=1)
    classifier.fit(years, Y)
    with pytest.raises(ValueError, match="Feature names must be in the same order"):
        classifier.predict(years[years.columns[::-1]])


def table_file(path, names):
    """A file with a row a step, its columns in this order."""
    steps = [frame.assign(id=i, label=label) for i, (frame, label) in enumerate(zip(frames("pq"), Y, strict=True))]
    pd.concat(steps)[list(names)].to_csv(path, index=False)
    return path


def test_frames_after_a_file(tmp_path):
    file = table_file(tmp_path / "steps.csv", ["id", "label", "q", "p"])
    classifier = SequenceClassifier(**LEARNS).fit(file, progress=False, valid=(frames("pq"), Y))
    table = pd.read_csv(file)
    groups = [group for _, group in table.groupby("id")]  # with the columns of labels and sequences, which say nothing
    assert classifier.score(frames("pq"), Y) == classifier.score(groups, Y) == classifier.score(file) > 0.9
    with pytest.raises(DataError, match="X: expected sequences of the features q, p, such as a list of frames"):
        classifier.predict(table)


def test_a_file_after_frames(classifier, tmp_path):
    file = table_file(tmp_path / "steps.csv", ["label", "q", "id", "p"])
    assert classifier.score(file) == classifier.score(frames("pq"), Y)
    assert classifier.predict(file).tolist() == classifier.predict(frames("pq")).tolist()
    other = table_file(tmp_path / "other.csv", ["label", "q", "id"])
    with pytest.raises(DataError, match=r"other.csv:1: expected the columns of the training, got none named p"):
        classifier.predict(other)


def test_a_frame_of_series_after_a_file(tmp_path):
    file = tmp_path / "series.csv"
    series_table("ecabd").assign(label=Y).to_csv(file, index=False)
    classifier = SequenceClassifier(**LEARNS).fit(file, progress=False)
    assert (
        classifier.score(series_table("abcde"), Y) == classifier.score(series_table("abcde").assign(label=Y), Y) > 0.9
    )
    with pytest.raises(DataError, match="X: expected the columns e, c, a, b, d, as in training, got e, c, a, b"):
        classifier.predict(series_table("ecab"))


def test_a_frame_of_texts_after_a_file(tmp_path):
    texts = pd.DataFrame({"id": ["x", "y"] * 4, "text": ["a b", "b c"] * 4})
    texts.assign(label=["u", "v"] * 4).to_csv(tmp_path / "texts.csv", index=False)
    classifier = SequenceClassifier(**LEARNS | {"epochs": 1}).fit(tmp_path / "texts.csv", progress=False)
    assert classifier.predict(texts).tolist() == classifier.predict(texts.text).tolist()


def test_a_fit_on_files_forgets_the_table_before_it(tmp_path):
    classifier = SequenceClassifier(**LEARNS).fit(series_table("abcde"), Y)
    classifier.fit(table_file(tmp_path / "steps.csv", ["id", "p", "q", "label"]), progress=False)
    assert classifier.score(frames("qp"), Y) > 0.9


def test_steps_are_ordered_by_the_time_that_ordered_those_of_the_file(tmp_path):
    timed = [frame.assign(time=range(5)) for frame in frames("pq")]
    whole = pd.concat([frame.assign(id=i, label=label) for i, (frame, label) in enumerate(zip(timed, Y, strict=True))])
    whole.to_csv(tmp_path / "steps.csv", index=False)
    classifier = SequenceClassifier(**LEARNS).fit(tmp_path / "steps.csv", progress=False)
    expected = classifier.score(timed, Y)
    assert expected > 0.9
    days = pd.date_range("2020-01-30", periods=5)
    for times in (range(5), days, days.astype(str), [str(i) for i in range(8, 13)]):
        x = [frame.assign(time=times)[::-1] for frame in timed]
        assert classifier.score(x, Y) == expected
    with pytest.raises(DataError, match="sequence 1: expected numbers or dates in column 'time', which orders steps"):
        classifier.predict([timed[0].assign(time=["late", "early", "later", "now", "then"])])


def test_a_frame_whose_cells_are_frames(classifier):
    x = pd.DataFrame({"recording": frames("qp")}, index=range(120)[::-1])
    assert classifier.score(x, Y) == classifier.score(frames("pq"), Y)
    assert SequenceClassifier(**LEARNS).fit(x, Y).score(frames("pq"), Y) > 0.9
