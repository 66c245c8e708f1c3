import numpy as np
import pytest

from recurra import DataError
from recurra.data.sentences.lexicon import CAPITALS, Lexicon

SENTENCES = [["The", "unit", "of", "1998"], ["the", "unit", "signed"], ["signed", "IBM", "unit", "McCoy", "B2", "."]]


def test_words_are_looked_up_in_small_letters_with_zeros_for_digits():
    lexicon = Lexicon.learn(SENTENCES)
    forms = lexicon.encode(["THE", "the", "2024", "nothing", "unit"])
    assert [lexicon.words[number] for number in forms.words] == ["the", "the", "0000", "<unk>", "unit"]
    assert lexicon.words[1] == "unit"  # the most frequent first
    kept = Lexicon.learn(SENTENCES, lowercase=False)
    assert [kept.words[n] for n in kept.encode(["The", "the", "THE"]).words] == ["The", "the", "<unk>"]


def test_rare_words_are_unknown_and_more_may_be_known():
    lexicon = Lexicon.learn(SENTENCES, min_count=2, more=["zebra", "unit"])
    assert set(lexicon.words) == {"<unk>", "unit", "the", "signed", "zebra"}
    assert len(lexicon.words) == len(set(lexicon.words))


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("unit", "lower"),
        ("The", "Title"),
        ("I", "Title"),
        ("IBM", "UPPER"),
        ("McCoy", "miXed"),
        ("iPad", "miXed"),
        ("1998", "digits"),
        ("B2", "d1gits"),
        ("--", "none"),
        ("U.S.", "UPPER"),
        ("Äpfel", "Title"),
    ],
)
def test_kinds_of_capitals(word, kind):
    assert CAPITALS[Lexicon().encode([word]).capitals[0]] == kind


def test_spelling_and_affixes():
    lexicon = Lexicon.learn(SENTENCES)
    forms = lexicon.encode(["unit", "it", "x" * 100])
    assert [lexicon.characters[n] for n in forms.characters[0, :4]] == list("unit")
    assert forms.lengths.tolist() == [4, 2, 40]
    assert not forms.characters[1, 2:].any()
    assert [lexicon.affixes[n] for n in forms.affixes[0]] == ["un-", "uni-", "-it", "-nit"]
    assert (forms.affixes[2] == 0).all()
    empty = lexicon.encode([])
    assert (len(empty.words), empty.characters.shape[0]) == (0, 0)


def test_it_is_written_and_read(tmp_path):
    lexicon = Lexicon.learn(SENTENCES)
    lexicon.save(tmp_path / "words.json")
    read = Lexicon.load(tmp_path / "words.json")
    assert read == lexicon
    assert np.array_equal(read.encode(["unit"]).words, lexicon.encode(["unit"]).words)
    with pytest.raises(DataError, match=r"nothing.json: expected the words of a run"):
        Lexicon.load(tmp_path / "nothing.json")
    (tmp_path / "words.json").write_text("[]")
    with pytest.raises(DataError, match=r"words.json: expected the words of a run"):
        Lexicon.load(tmp_path / "words.json")


@pytest.mark.parametrize(
    ("sentences", "is_of_characters"),
    [
        ([list("我在北京。")], True),
        ([["我", "在", "北京"]], False),
        ([["a", "b"]], False),
        (SENTENCES, False),
        ([], False),
    ],
)
def test_whether_words_are_characters(sentences, is_of_characters):
    assert Lexicon.learn(sentences).of_characters == is_of_characters
