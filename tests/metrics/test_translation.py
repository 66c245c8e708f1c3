import pytest
import sacrebleu

from recurra.metrics.translation import score

TRUE = ["the cat sat on the mat today", "a dog runs fast in the park"]
TRANSLATED = ["the cat sat on a mat today", "a dog runs fast in the park"]


def test_scores_are_those_of_sacrebleu():
    scores = score(TRANSLATED, TRUE)
    assert scores["bleu"] == pytest.approx(sacrebleu.corpus_bleu(TRANSLATED, [TRUE]).score)
    assert scores["chrf"] == pytest.approx(sacrebleu.corpus_chrf(TRANSLATED, [TRUE]).score)
    assert scores["exact"] == 0.5
    assert "tok:13a" in scores["bleu_signature"]


def test_capitals_count_unless_the_translator_writes_none():
    capitals = [text.upper() for text in TRUE]
    assert score(capitals, TRUE)["exact"] == 0
    lower = score(capitals, TRUE, lowercase=True)
    assert (lower["exact"], lower["bleu"]) == (1, pytest.approx(100))


def test_texts_that_are_cut_already_are_not_cut_again():
    assert "tok:none" in score(TRANSLATED, TRUE, tokens="none")["bleu_signature"]
