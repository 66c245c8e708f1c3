import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from recurra import DataError, SequenceClassifier
from recurra.data.sequences.answers import Answers
from recurra.tasks.classification.class_weights import weigh


def test_balanced_weights_are_scikit_learns():
    y = ["a"] * 6 + ["b"] * 2 + ["c"]
    answers = Answers.learn(y, numbers=False, per_step=False)
    expected = compute_class_weight("balanced", classes=np.unique(y), y=y)
    np.testing.assert_allclose(weigh("balanced", answers, answers.encode(y), None), expected)
    twice = np.array([1.0] * 8 + [2.0])  # the last example counts as two
    expected = compute_class_weight("balanced", classes=np.unique(y), y=[*y, "c"])
    np.testing.assert_allclose(weigh("balanced", answers, answers.encode(y), twice), expected)


def test_steps_are_counted_where_each_has_an_answer():
    y = [["a", "b"], ["a", "a", "a"]]
    answers = Answers.learn(y, numbers=False, per_step=True)
    np.testing.assert_allclose(weigh("balanced", answers, answers.encode(y), None), [5 / 8, 5 / 2])
    np.testing.assert_allclose(weigh("balanced", answers, answers.encode(y), np.array([3.0, 1.0])), [9 / 12, 9 / 6])


def test_a_label_among_several_counts_beside_its_absence():
    y = [["a"], ["a", "b"], ["a"], []]
    answers = Answers.learn(y, numbers=False, per_step=False)
    np.testing.assert_allclose(weigh("balanced", answers, answers.encode(y), None), [1 / 3, 3])


def test_weights_by_label_also_as_files_name_them():
    answers = Answers.learn([0, 1, 2], numbers=False, per_step=False)
    assert weigh({np.int64(0): 2, "2": 3}, answers, [], None).tolist() == [2, 1, 3]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({3: 1.0}, "class_weight: expected weights of the labels 0, 1, got one of 3"),
        ({0: -1.0}, "class_weight: expected a number above 0 for 0, got -1.0"),
        ({0: float("nan")}, "class_weight: expected a number above 0 for 0, got nan"),
        ({0: "much"}, "class_weight: expected a number above 0 for 0, got 'much'"),
    ],
)
def test_what_weighs_nothing_that_is_known_is_named(setting, message):
    answers = Answers.learn([0, 1], numbers=False, per_step=False)
    with pytest.raises(DataError, match=message):
        weigh(setting, answers, [], None)


@pytest.mark.parametrize("named", [True, False])
def test_rare_labels_among_several_become_likelier(named):
    x = np.random.default_rng(0).normal(size=(120, 4, 1))
    there = x[:, :, 0].sum(1) + np.random.default_rng(1).normal(size=120) > 3
    y = np.stack([there, ~there], 1).astype(int)
    y = [["rare"] * a + ["common"] * b for a, b in y] if named else y
    settings = {"hidden_size": 4, "epochs": 4, "batch_size": 8, "threads": 1, "warmup_steps": 0, "learning_rate": 0.02}
    label = "rare" if named else 0
    found = []
    for class_weight in (None, {label: 50.0}, "balanced"):
        classifier = SequenceClassifier(**settings, class_weight=class_weight).fit(x, y)
        found.append(classifier.predict_proba(x)[:, classifier.classes_.tolist().index(label)].mean())
    assert found[0] < found[1] - 0.1
    assert found[0] < found[2] - 0.1
