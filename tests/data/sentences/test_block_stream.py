"""Sentences of a word a line, as their lines come: words, what is kept, and right labels."""

import pytest

from recurra import DataError
from recurra.data.sentences.block_stream import ColumnReader, ConlluReader, format_of
from recurra.data.sentences.layout import Layout
from recurra.data.sentences.sentence_stream import sentences

LABELS = {"label": lambda text: text in ("O", "B-X", "I-X")}


def read(text, layout=None, comments="", kind=ColumnReader, is_label=LABELS, at_once=1):
    lines = text.splitlines()
    groups = [(n + 1, lines[n : n + at_once]) for n in range(0, len(lines), at_once)]
    return [found for group in sentences(groups, kind("x.conll", layout, comments, is_label)) for found in group]


def words(*arguments, **more):
    return [found.words for found in read(*arguments, **more) if found.words]


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_sentences_end_at_empty_lines(at_once):
    text = "Ann NNP\nLee NNP\n\n \t\nin IN\n"
    found = read(text, at_once=at_once)
    assert [one.words for one in found] == [["Ann", "Lee"], ["in"]]
    assert found[0].lines == [("Ann NNP", True), ("Lee NNP", True)]
    assert words("\u00a0 O\nb O\n") == [["\u00a0", "b"]]


def test_sentences_are_given_as_soon_as_they_end():
    groups = sentences(((n, [line]) for n, line in enumerate(["a", "", "b"], 1)), ColumnReader("x", None, "", {}))
    assert [[one.words for one in group] for group in groups] == [[], [["a"]], [], [["b"]]]


def test_words_stand_where_they_stood_in_training():
    two = Layout("columns", "2", {"label": "3"}, by_default=False)
    assert words("x a O\ny b O\n", two) == [["a", "b"]]
    assert words("a\nb\n", two) == [["a", "b"]]
    last = Layout("columns", "-1", {"label": "1"}, by_default=False)
    assert words("O a\nO b\n", last) == [["a", "b"]]
    with pytest.raises(DataError, match=r"x.conll:2: expected a word in column 2, got 1: 'y'"):
        words("x a O\ny\n", two)
    fields = Layout("conllu", "form", {"label": "upos"})
    assert words("a O\nb O\n", fields) == [["a", "b"]]


@pytest.mark.parametrize(
    "layout", [None, Layout("columns", "1", {"label": "2"}), Layout("columns", "2", {"label": "3"})]
)
def test_counted_words_are_found(layout):
    text = "1\ta\tO\tO\n2-3\tx\tO\tO\n2\tb\tO\tO\n\n1\tc\tO\tO\n"
    assert words(text, layout) == [["a", "b"], ["c"]]


def test_words_without_a_count_are_found_after_training_with_one():
    assert words("a\nb\n", Layout("columns", "2", {"label": "3"})) == [["a", "b"]]
    assert words("1\tRome\n\n1\tBonn\n", Layout("columns", "2", {"label": "3"})) == [["Rome"], ["Bonn"]]


def test_comments_are_kept_and_are_no_words():
    text = "# text = a b\n# as many\na O\n# O\n\n-DOCSTART- O\n\n# alone\n"
    found = read(text, Layout("columns", "1", {"label": "2"}))
    assert [one.words for one in found] == [["a", "#"], [], []]
    assert [line for line, is_word in found[0].lines if is_word] == ["a O", "# O"]
    assert found[0].lines[0] == ("# text = a b", False)
    assert found[1].lines == [("-DOCSTART- O", False)]
    assert read("# a\n#\n")[0].lines == [("# a", False), ("#", False)]
    assert words("#a\n#b\n") == [["#a", "#b"]]
    assert words("% no\na O\n# O\n", comments="%") == [["a", "#"]]


def test_right_labels_are_those_that_the_tagger_knows():
    layout = Layout("columns", "1", {"label": "2"})
    (found,) = read("a O\nb B-X\nc ?\n", layout)
    assert found.gold == {"label": ["O", "B-X", "?"]}
    (found,) = read("a NNP\nb IN\n", layout)
    assert found.gold == {}
    assert read("a\nb\n", layout)[0].gold == {}


TREE = """# text = vámonos al mar
1-2\tvámonos\t_\t_\t_\t_\t_\t_\t_\t_
1\tvamos\tir\tVERB\tV1\t_\t0\troot\t_\tname=B-X
2\tnos\tnosotros\tPRON\tP1\t_\t1\tobj\t_\t_

1\tmar\tmar\tNOUN\tN1\t_\t0\troot\t_\t_
"""


def test_conllu():
    found = read(TREE, kind=ConlluReader)
    assert [one.words for one in found] == [["vamos", "nos"], ["mar"]]
    assert [is_word for _, is_word in found[0].lines] == [False, False, True, True]
    layout = Layout("conllu", "lemma", {"label": "upos"})
    found = read(TREE, layout, kind=ConlluReader)
    assert (found[0].words, found[0].gold) == (["ir", "nosotros"], {"label": ["VERB", "PRON"]})
    with pytest.raises(DataError, match=r"x.conll:2: expected 10 fields between tabs, got 2"):
        read("# a\n1\tmar\n", kind=ConlluReader)


@pytest.mark.parametrize(
    ("text", "layout", "kind"),
    [
        (TREE, None, "conllu"),
        ("# a\n\na O", None, "columns"),
        ('{"words": []}', None, "columns"),
        ('{"words": []}', Layout("json", "words", {}), "json"),
        ("{ O", Layout("columns", "1", {}), "columns"),
        ("", None, "columns"),
    ],
)
def test_the_format_is_told_by_the_first_word(text, layout, kind):
    groups = [(n, [line]) for n, line in enumerate(text.splitlines(), 1)]
    again, found = format_of(iter(groups), layout)
    assert (list(again), found) == (groups, kind)
