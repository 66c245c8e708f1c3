"""Words of running text, as a person would cut them."""

from hypothesis import given
from hypothesis import strategies as st

from recurra.data.sentences.word_tokenizer import has_no_spaces, split, split_characters


def words(text, *known):
    return [text[start:end] for start, end in split(text, lambda word: word in known)]


def test_marks_are_set_apart_as_in_the_treebank():
    text = "He said \"it's fine\" (twice), didn't he?"
    expected = ["He", "said", '"', "it", "'s", "fine", '"', "(", "twice", ")", ",", "did", "n't", "he", "?"]
    assert words(text) == expected
    assert words(" ".join(expected)) == expected  # what is split stays so


def test_points_go_as_words_were_seen():
    text = "Acme Corp. grew. It sold Inc. shares in the U.S."
    expected = ["Acme", "Corp.", "grew", ".", "It", "sold", "Inc.", "shares", "in", "the", "U.S", "."]
    assert words(text, "Corp.", "grew", "Corp", "Inc")[:9] == [
        "Acme",
        "Corp.",
        "grew",
        ".",
        "It",
        "sold",
        "Inc",
        ".",
        "shares",
    ]
    assert words(text, "Corp.", "grew") == expected


def test_addresses_names_and_faces_stay_whole():
    text = "see http://x.org/a?b=c:d, www.y.org. or me@x.org (@bob #tag :-) 10:30)"
    assert words(text, "www.y.org") == [
        "see",
        "http://x.org/a?b=c:d",
        ",",
        "www.y.org",
        ".",
        "or",
        "me@x.org",
        "(",
        "@bob",
        "#tag",
        ":-)",
        "10:30",
        ")",
    ]


@given(
    st.lists(
        st.sampled_from(["a", "b ", '"', "''", "``", "n't", ".", ",", "(", "…", "“", "’", "cannot", "@x", ":)", "é"])
    )
)
def test_nothing_is_lost(parts):
    text = "".join(parts)
    assert "".join(words(text)) == "".join(text.split())


def test_characters_are_words_where_there_are_no_spaces():
    text = "我 在\u3000北京。"
    assert [text[start:end] for start, end in split_characters(text)] == list("我在北京。")
    assert all(map(has_no_spaces, "我。ひカไລမភ𠀀"))
    assert not any(map(has_no_spaces, "aЖé1.한"))
