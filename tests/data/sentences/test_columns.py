from pathlib import Path

import pytest

from recurra import DataError, Tagger
from recurra.data.sentences import columns

CHUNKS = "He PRP B-NP\nreckons VBZ B-VP\n\n\nThe DT B-NP\ndeficit NN I-NP\n"


@pytest.mark.parametrize(
    "text",
    [
        CHUNKS,
        CHUNKS.replace("\n", "\r\n"),
        CHUNKS.replace(" ", "\t"),
        CHUNKS.replace("\n\n\n", "\n \t\n"),
        CHUNKS.rstrip(),
        "\ufeff-DOCSTART- -X- O\n\n" + CHUNKS,
        CHUNKS.replace(" PRP ", "   PRP  ").replace("B-VP", "B-VP "),
    ],
    ids=["plain", "CRLF", "tabs", "white space between", "no end", "byte order mark and documents", "more spaces"],
)
def test_columns(write, text):
    path = write(text)
    found = columns.read(path)
    assert found.words == [["He", "reckons"], ["The", "deficit"]]
    assert found.labels == {"label": [["B-NP", "B-VP"], ["B-NP", "I-NP"]]}
    both = columns.read(path, "pos=2,chunk=-1")
    assert both.words == found.words
    assert both.labels == {"pos": [["PRP", "VBZ"], ["DT", "NN"]], "chunk": found.labels["label"]}
    assert columns.read(path, "word=2,1").words == [["PRP", "VBZ"], ["DT", "NN"]]
    assert found.name(0).startswith(f"{path}:")


def test_a_cell_between_tabs_may_hold_spaces_and_one_column_has_no_labels(write):
    found = columns.read(write("New York\tB-LOC\nis\tO\n"))
    assert (found.words, found.labels) == ([["New York", "is"]], {"label": [["B-LOC", "O"]]})
    alone = columns.read(write("New\nYork\n\nis\n"))
    assert (alone.words, alone.labels, alone.names[1][-2:]) == ([["New", "York"], ["is"]], {}, ":4")


@pytest.mark.parametrize("separator", [" ", "\t"])
def test_white_space_other_than_spaces_and_tabs_is_part_of_a_word(write, separator):
    words = ["10\u00a0000", "\u3000", "a\x85b"]
    found = columns.read(write("".join(f"{word}{separator}X\n" for word in words)))
    assert (found.words, found.labels) == ([words], {"label": [["X"] * 3]})


@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        ("He PRP B-NP\nreckons VBZ\n", "", r"given.conll:2: expected 3 columns, as in line 1, got 2: 'reckons VBZ'"),
        ("\nHe PRP B-NP\n\n\nyes no\n", "", r"given.conll:5: expected 3 columns, as in line 2, got 2"),
        ("\n \n", "", r"given.conll: expected sentences, found none"),
        (CHUNKS, "4", r"given.conll:1: columns: expected numbers from 1 to 3, got '4'"),
        (CHUNKS, "pos=0", r"columns: expected numbers from 1 to 3, got '0'"),
        (CHUNKS, "pos=two", r"got 'two'"),
        (CHUNKS, "pos=1,pos=2", r"columns: expected such as 3, 2,3 or pos=2,chunk=3, got 'pos=1,pos=2'"),
        (CHUNKS, "pos=", r"columns: expected such as"),
    ],
)
def test_bad_columns_are_told(write, text, wanted, message):
    with pytest.raises(DataError, match=message):
        columns.read(write(text), wanted)


def test_text_that_is_not_utf8_is_told(write):
    with pytest.raises(DataError, match=r"given.conll:2: expected UTF-8 text"):
        columns.read(write("ja O\ncaf\u00e9 O\n", encoding="latin-1"))


GERMEVAL = (Path(__file__).parents[1] / "samples" / "germeval.tsv").read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# text = He is\n# sent_id = 1\nHe PRP O\nis VBZ O\n", ["He", "is"]),
        ("# another comment\nHe PRP O\nis VBZ O\n", ["He", "is"]),  # as many cells, but no label
        ("#begin document (x); part 000\nHe PRP O\nis VBZ O\n#end document\n", None),
        ("# a comment of more cells\nHe PRP O\n# between words too, of more cells\nis VBZ O\n", ["He", "is"]),
        ("#\nHe PRP O\nis VBZ O\n", ["He", "is"]),
        ("# # O\nis VBZ O\n", ["#", "is"]),
        ("He PRP O\n# # X\n", ["He", "#"]),
        ("#He PRP O\nis VBZ O\n", ["#He", "is"]),
        ("#He PRP X\n#is VBZ O\n", ["#He", "#is"]),
    ],
)
def test_comments_are_no_words_and_words_no_comments(write, text, words):
    text = f"{text}\nend # O\n"
    if words is None:
        with pytest.raises(DataError, match=r"given.conll:4: expected 3 columns, as in line 2, got 2: '#end document'"):
            columns.read(write(text))
        text, words = text.replace("#end", "\n#end"), ["He", "is"]
    assert columns.read(write(text)).words == [words, ["end"]]


def test_a_word_that_is_a_mark_is_no_comment_and_a_label_may_miss(write):
    with pytest.raises(DataError, match=r"given.conll:2: expected 2 columns, as in line 1, got 1: '#NFL'"):
        columns.read(write("He O\n#NFL\n"))
    with pytest.raises(DataError, match=r"given.conll:1: expected 2 columns, as in line 2, got 1: '#NFL'"):
        columns.read(write("#NFL\nHe O\n"))
    assert columns.read(write("# a comment\n#\nHe\n")).words == [["#", "He"]]
    with pytest.raises(DataError, match=r"given.conll: expected sentences, found comments alone"):
        columns.read(write("# a\n\n#\tb\n#\n"))
    assert columns.read(write("# a\n#a O\n\n#c O\n")).words == [["#a"], ["#c"]]
    assert columns.read(write("#a\n#b\n\n#c\n")).words == [["#a", "#b"], ["#c"]]


def test_comments_with_all_columns_are_told(write):
    path = write("# some comment\nHe PRP O\n\n# other comment\nis VBZ O\n")
    assert columns.read(path).notes == [f"{path}:1: 2 lines are comments, not a word: '# some comment'"]
    assert columns.read(write(CHUNKS)).notes == []


def test_comments_may_be_described(write):
    path = write("% a comment\nHe O\n# O\n")
    with pytest.raises(DataError, match=r"given.conll:1: expected 2 columns, as in line 2, got 3"):
        columns.read(path)
    assert columns.read(path, comments="%").words == [["He", "#"]]
    never = write("# = 1\n# O 2\n", "never.conll")
    assert columns.read(never, comments="$^").words == [["#", "#"]]
    with pytest.raises(DataError, match=r"comments: expected a regular expression, such as '#', got '\('"):
        Tagger(comments="(")


def test_most_lines_say_how_many_columns_there_are(write):
    with pytest.raises(DataError, match=r"given.conll:1: expected 2 columns, as in line 2, got 3: 'He is O'"):
        columns.read(write("He is O\nis O\nhere O\n"))
