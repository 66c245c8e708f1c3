import numpy as np
import pandas as pd
import pytest

from recurra import DataError, Tagger
from recurra.data.sentences.lexicon import Lexicon
from recurra.tasks.tagging.words_to_tag import words_of

LEXICON = Lexicon.learn([["Ann", "slept"]])
WITH_SPACES = Lexicon.learn([["Ann", "went", "to", "New York"]])
CHARACTERS = Lexicon.learn([list("北京很大")])
TEXTS = ["Ann went.", "Bob slept."]


def split(text):
    return [(0, len(text))]


@pytest.mark.parametrize(
    "texts",
    [TEXTS, tuple(TEXTS), np.array(TEXTS), pd.Series(TEXTS), iter(TEXTS), ["Ann", "Bob slept."], ["Ann\n", "slept\n"]],
    ids=lambda texts: type(texts).__name__,
)
def test_texts_are_no_words_of_one_sentence(texts):
    with pytest.raises(
        DataError, match=r"expected the words of one sentence, got .* with white space; of several texts"
    ):
        words_of(texts, split, LEXICON)


def test_words_may_have_spaces_where_such_were_learnt_or_the_list_says_so():
    assert words_of(["Ann", "saw", "Los Angeles"], split, WITH_SPACES) == ([["Ann", "saw", "Los Angeles"]], True)
    assert words_of([["Ann", "saw", "Los Angeles"]], split, LEXICON) == ([["Ann", "saw", "Los Angeles"]], False)
    assert words_of(["1\u00a0000", "words"], split, LEXICON) == ([["1\u00a0000", "words"]], True)


def test_texts_are_no_characters_of_one_sentence():
    with pytest.raises(DataError, match="expected the characters of one sentence, got '北京'; of several texts"):
        words_of(["北京", "很大"], split, CHARACTERS)
    assert words_of(["北", "2024", "大"], split, CHARACTERS) == ([["北", "2024", "大"]], True)
    assert words_of(["北京", "很大"], split, LEXICON) == ([["北京", "很大"]], True)


def test_a_frame_of_one_column_is_that_column():
    words = ["Ann", "slept"]
    assert words_of(pd.DataFrame({"word": words}), split, LEXICON) == ([words], True)
    assert words_of(pd.DataFrame({"words": [words, words]}), split, LEXICON) == ([words, words], False)
    with pytest.raises(DataError, match=r"got a frame with the columns 'word, label'; give one of them"):
        words_of(pd.DataFrame({"word": words, "label": "O"}), split, LEXICON)


def test_every_verb_of_a_tagger_refuses_texts():
    words, labels = [["Ann", "slept"]] * 4, [["B-PER", "O"]] * 4
    tagger = Tagger(hidden_size=4, epochs=1, threads=1).fit(words, labels, progress=False)
    for verb in (tagger.tag, tagger.describe):
        with pytest.raises(DataError, match=r"sentences: expected the words of one sentence, got 'Ann went\.'"):
            verb(TEXTS)
    for verb in (tagger.evaluate, tagger.errors, tagger.fit):
        with pytest.raises(DataError, match="sentences: expected lists of words, got a text"):
            verb(TEXTS, [["B-PER", "O"]] * 2)
