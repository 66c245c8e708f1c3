import math

import pytest

from recurra.metrics import text_samples
from recurra.metrics.text_samples import References, copied, copied_whole, distinct


def texts(*lines: str) -> list[list[str]]:
    return [line.split() for line in lines]


def bleu(made: list[list[str]], real: list[list[str]], order: int) -> float:
    return text_samples.bleu(made, References(real, order), [order])[order]


def self_bleu(made: list[list[str]], order: int) -> float:
    return text_samples.self_bleu(made, [order])[order]


def test_bleu_is_that_of_a_sentence_with_many_references():
    nltk = pytest.importorskip("nltk.translate.bleu_score")
    made = texts("the cat sat on the mat", "a dog ran", "the the the the", "cats")
    real = texts("the cat lay on the mat today", "a dog ran far away", "the mat is red")
    smoothing = nltk.SmoothingFunction().method1
    for order in (2, 3, 4):
        weights = [1 / order] * order
        expected = [nltk.sentence_bleu(real, text, weights, smoothing) for text in made[:2]]
        assert bleu(made[:2], real, order) == pytest.approx(sum(expected) / 2)


def test_all_orders_at_once_are_those_of_each():
    made, real = texts("a b c d", "a b c", "x"), texts("a b x d", "c d a b c")
    of_real, of_others = text_samples.bleu(made, References(real, 4), [2, 4]), text_samples.self_bleu(made, [1, 3])
    assert of_real == {order: bleu(made, real, order) for order in (2, 4)}
    assert of_others == {order: self_bleu(made, order) for order in (1, 3)}


def test_bleu_by_hand():
    made, real = texts("a b c d"), texts("a b x d", "c d")
    # 1-grams: 4 of 4; 2-grams: "a b" and "c d" of 3; as long as the nearest reference
    assert bleu(made, real, 2) == pytest.approx(math.sqrt(4 / 4 * 2 / 3))
    short = texts("a b")
    assert bleu(short, texts("a b c d"), 2) == pytest.approx(math.exp(1 - 4 / 2))


def test_matches_are_counted_as_often_as_a_reference_has_them():
    assert bleu(texts("a a a a"), texts("a a b b"), 1) == pytest.approx(2 / 4)


def test_nothing_in_common_is_little_but_not_nothing():
    assert bleu(texts("x y"), texts("a b"), 2) == pytest.approx(math.sqrt(0.1 / 2 * 0.1 / 1))


def test_a_text_is_not_its_own_reference():
    made = texts("a b c", "a b d", "x y z")
    expected = [bleu([text], made[:i] + made[i + 1 :], 2) for i, text in enumerate(made)]
    assert self_bleu(made, 2) == pytest.approx(sum(expected) / 3)
    assert self_bleu(texts("a b c", "a b c"), 3) == 1.0


def test_distinct_is_the_share_of_different_grams():
    assert distinct(texts("a b a b", "a b"), 2) == pytest.approx(2 / 4)


def test_copied_grams_stand_in_what_was_learnt_from():
    made, learnt = texts("a b c", "x y z"), texts("a b d", "x y z")
    assert copied(made, References(learnt, 2), 2) == pytest.approx(3 / 4)
    assert copied_whole(made, References(learnt, 2)) == 0.5


def test_no_texts_have_no_scores():
    none = References([], 2)
    assert bleu([], texts("a"), 2) == distinct([], 2) == copied([], none, 2) == copied_whole([], none) == 0.0
    assert bleu([[]], texts("a"), 2) == 0.0
